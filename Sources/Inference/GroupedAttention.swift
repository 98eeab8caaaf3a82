import Checkpoint
import Kernels

/// Grouped-query attention (arXiv 2305.13245): several query heads share one key-value head.
///
/// A position's cache row is [rotated keys of all heads, values of all heads].
struct GroupedAttention: Attention {
    let configuration: GroupedAttentionConfiguration
    let headCount: Int
    /// Factor of the scores.
    let scale: Float
    let queries: WeightMatrix
    let keys: WeightMatrix
    let values: WeightMatrix
    let biases: (queries: WeightVector, keys: WeightVector, values: WeightVector)?
    let output: WeightMatrix

    /// Tokens that a task works on together, so that they share the rows they read.
    static let tokensPerTask = 16

    func callAsFunction(_ x: ActivationView, layer: Int, _ pass: ForwardPass) -> Activations {
        let (compute, rotation, places) = (pass.compute, pass.rotation, pass.places)
        let dimension = configuration.headDim
        let keyWidth = configuration.numKeyValueHeads * dimension
        let query = compute.activations(rowCount: x.rowCount, width: headCount * dimension)
        let new = compute.activations(rowCount: x.rowCount, width: 2 * keyWidth)
        compute.multiply(
            [
                (queries, query.view), (keys, new.view.columns(0..<keyWidth)),
                (values, new.view.columns(keyWidth..<2 * keyWidth)),
            ], MatrixInput(x))
        let rows = pass.contexts.map { $0.cache.rows(layer: layer) }
        compute.forEachRow(x.rowCount) { token in
            if let biases {
                Compute.add(biases.queries, to: query.row(token))
                Compute.add(biases.keys, to: new.row(token).columns(0..<keyWidth))
                Compute.add(biases.values, to: new.row(token).columns(keyWidth..<2 * keyWidth))
            }
            rotateHeads(query.row(token), count: headCount, token: token, rotation)
            rotateHeads(new.row(token), count: configuration.numKeyValueHeads, token: token, rotation)
            let place = places[token]
            rows[place.context].store(new.row(token), at: place.position)
        }

        let heads = compute.activations(rowCount: x.rowCount, width: headCount * dimension)
        let pieces = pass.contexts.enumerated().flatMap { index, context in
            context.pieces(of: Self.tokensPerTask).map { (index, $0, context.position(of: $0.lowerBound)) }
        }
        compute.pool.run(pieces.count * headCount) { task in
            let (context, tokens, start) = pieces[task / headCount]
            attend(
                query.rows(tokens), head: task % headCount, rows[context], start: start, into: heads.rows(tokens),
                compute)
        }
        let result = compute.activations(rowCount: x.rowCount, width: output.rows)
        compute.multiply(output, heads.view, into: result.view)
        return result
    }

    /// The output of one head for some tokens, the first of which stands at position `start`.
    private func attend(
        _ queries: ActivationView, head: Int, _ rows: CachedRows, start: Int, into out: ActivationView,
        _ compute: Compute
    ) {
        let dimension = configuration.headDim
        let keyWidth = configuration.numKeyValueHeads * dimension
        let columns = head * dimension..<(head + 1) * dimension
        let shared = head / (headCount / configuration.numKeyValueHeads) * dimension
        let end = start + queries.rowCount
        // Grows with the context: the cache has reserved it.
        let scores = Activations(rowCount: queries.rowCount, width: end)
        Compute.attend(
            queries: queries.columns(columns), keys: rows.rows(end, columns: shared..<shared + dimension),
            values: rows.rows(end, columns: keyWidth + shared..<keyWidth + shared + dimension),
            visible: (0..<queries.rowCount).map { start + $0 + 1 }, scale: scale, scores: scores.view,
            into: out.columns(columns))
    }

    /// Rotates the first `count` heads of a token's row.
    private func rotateHeads(_ row: ActivationView, count: Int, token: Int, _ rotation: Rotation) {
        let dimension = configuration.headDim
        for head in 0..<count {
            rotation.rotate(row.columns(head * dimension..<(head + 1) * dimension), token: token)
        }
    }
}
