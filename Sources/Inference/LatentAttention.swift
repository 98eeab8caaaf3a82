import Checkpoint
import Kernels

/// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, §2.1).
///
/// A position's cache row is [latent, rotated key]. The expansion of latents to keys and values is absorbed: queries
/// move into the latent space, where a row is key and value at once for all heads, and sums of latents are expanded.
struct LatentAttention: Attention {
    /// The query projection.
    enum Queries: Sendable {
        case direct(WeightMatrix)
        case lowRank(down: WeightMatrix, norm: WeightVector, up: WeightMatrix)
    }

    let configuration: LatentAttentionConfiguration
    let headCount: Int
    /// Factor of the scores.
    let scale: Float
    let queries: Queries
    let compression: WeightMatrix
    let latentNorm: WeightVector
    let expansion: LatentExpansion
    let output: WeightMatrix

    /// Queries that a task works on together, so that they share the rows they read.
    static let queriesPerTask = 16

    func callAsFunction(_ x: ActivationView, layer: Int, _ pass: ForwardPass) -> Activations {
        let compute = pass.compute
        let rows = pass.contexts.map { $0.cache.rows(layer: layer) }
        let queries = projectAndStore(x, rows, pass)
        let heads = compute.activations(rowCount: x.rowCount, width: headCount * configuration.vHeadDim)
        let tasks = tasks(pass)
        compute.pool.run(tasks.count) { index in
            let task = tasks[index]
            attend(
                queries.rows(task.tokens), heads: task.heads, rows: rows[task.context], start: task.start,
                into: heads.rows(task.tokens), compute)
        }
        let result = compute.activations(rowCount: x.rowCount, width: output.rows)
        compute.multiply(output, heads.view, into: result.view)
        return result
    }

    /// Some heads of some rows of one context, the first of which stands at position `start`.
    private struct HeadTask {
        let context: Int
        let tokens: Range<Int>
        let start: Int
        let heads: Range<Int>
    }

    private func tasks(_ pass: ForwardPass) -> [HeadTask] {
        let evenShare = (headCount + pass.compute.pool.threadCount - 1) / pass.compute.pool.threadCount
        return pass.contexts.enumerated().flatMap { index, context in
            let tokensPerTask = min(context.rows.count, Self.queriesPerTask)
            let headsPerTask = max(1, min(Self.queriesPerTask / tokensPerTask, evenShare))
            return context.pieces(of: tokensPerTask).flatMap { piece in
                stride(from: 0, to: headCount, by: headsPerTask).map { head in
                    HeadTask(
                        context: index, tokens: piece, start: context.position(of: piece.lowerBound),
                        heads: head..<min(head + headsPerTask, headCount))
                }
            }
        }
    }

    /// Returns the queries [tokens, heads · (nope + rope)], the last `rope` channels of each head rotated, and writes
    /// the rows' normalized latents and rotated keys to the caches.
    private func projectAndStore(_ x: ActivationView, _ rows: [CachedRows], _ pass: ForwardPass) -> Activations {
        let (compute, rotation, places) = (pass.compute, pass.rotation, pass.places)
        let input = MatrixInput(x)
        let width = configuration.qkNopeHeadDim + configuration.qkRopeHeadDim
        let latents = compute.activations(rowCount: x.rowCount, width: compression.rows)
        let result = compute.activations(rowCount: x.rowCount, width: headCount * width)
        switch queries {
        case .direct(let matrix): compute.multiply([(matrix, result.view), (compression, latents.view)], input)
        case .lowRank(let down, let norm, let up):
            let low = compute.activations(rowCount: x.rowCount, width: down.rows)
            compute.multiply([(down, low.view), (compression, latents.view)], input)
            compute.rmsNorm(low.view, weight: norm, epsilon: configuration.latentNormEps, into: low.view)
            compute.multiply(up, low.view, into: result.view)
        }
        let rank = configuration.kvLoraRank
        compute.forEachRow(x.rowCount) { token in
            let row = latents.row(token)
            let latent = row.columns(0..<rank)
            Compute.rmsNorm(latent, weight: latentNorm, epsilon: configuration.latentNormEps, into: latent)
            rotation.rotate(row.columns(rank..<row.width), token: token)
            let place = places[token]
            rows[place.context].store(row, at: place.position)
            for head in 0..<headCount {
                let first = head * width + configuration.qkNopeHeadDim
                rotation.rotate(result.row(token).columns(first..<(head + 1) * width), token: token)
            }
        }
        return result
    }

    /// The outputs of some heads for some tokens, the first of which stands at position `start`.
    private func attend(
        _ queries: ActivationView, heads: Range<Int>, rows: CachedRows, start: Int, into out: ActivationView,
        _ compute: Compute
    ) {
        let (nope, rank) = (configuration.qkNopeHeadDim, configuration.kvLoraRank)
        let width = nope + configuration.qkRopeHeadDim
        let tokenCount = queries.rowCount
        let end = start + tokenCount
        let queryCount = heads.count * tokenCount
        let absorbed = compute.activations(rowCount: queryCount, width: rows.width)
        let sums = compute.activations(rowCount: queryCount, width: rank)
        // Grows with the context: the cache has reserved it.
        let scores = Activations(rowCount: queryCount, width: end)
        for (index, head) in heads.enumerated() {
            let own = absorbed.rows(index * tokenCount..<(index + 1) * tokenCount)
            let query = queries.columns(head * width..<(head + 1) * width)
            expansion.absorb(query.columns(0..<nope), head: head, into: own.columns(0..<rank), compute)
            Compute.copy(query.columns(nope..<width), to: own.columns(rank..<rows.width))
        }
        Compute.attend(
            queries: absorbed.view, keys: rows.rows(end), values: rows.rows(end, columns: 0..<rank),
            visible: (0..<queryCount).map { start + $0 % tokenCount + 1 }, scale: scale, scores: scores.view,
            into: sums.view)
        for (index, head) in heads.enumerated() {
            let own = sums.rows(index * tokenCount..<(index + 1) * tokenCount)
            let values = out.columns(head * configuration.vHeadDim..<(head + 1) * configuration.vHeadDim)
            expansion.expandValues(own, head: head, into: values, compute)
        }
    }
}
