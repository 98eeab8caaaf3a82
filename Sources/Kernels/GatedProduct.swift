import CKernels

/// A gated network, down(silu(gate x) ⊙ up x), and the tokens it is computed for.
public struct GatedProduct: Sendable {
    let gate: WeightMatrix
    let up: WeightMatrix
    let down: WeightMatrix
    /// Rows of the input; `nil`: all.
    let tokens: [Int32]?
    /// One row per token.
    let output: ActivationView

    /// The network's results for `tokens` of an input that is named later go to the rows of `output`.
    public init(
        gate: WeightMatrix, up: WeightMatrix, down: WeightMatrix, tokens: [Int32]? = nil, into output: ActivationView
    ) {
        precondition(
            gate.rows == up.rows && gate.columns == up.columns && down.columns == gate.rows
                && output.width == down.rows && tokens.map { $0.count == output.rowCount } ?? true,
            "shapes do not multiply")
        self.gate = gate
        self.up = up
        self.down = down
        self.tokens = tokens
        self.output = output
    }
}

extension Compute {
    /// Computes several gated networks over one input with two fork/joins. Their results do not depend on which of
    /// them are computed together.
    public func multiply(_ networks: [GatedProduct], _ input: MatrixInput) {
        var packed: [PackedNetwork] = []
        for network in networks {
            if let network = PackedNetwork(network) { packed.append(network) } else { multiplyPlain(network, input) }
        }
        if !packed.isEmpty { multiplyPacked(packed, input) }
    }

    /// The matrices of a gated network, all of them packed.
    private struct PackedNetwork {
        let gate: PackedMatrix
        let up: PackedMatrix
        let down: PackedMatrix
        let tokens: [Int32]?
        let output: ActivationView

        init?(_ network: GatedProduct) {
            guard let gate = network.gate.packed, let up = network.up.packed, let down = network.down.packed else {
                return nil
            }
            self.gate = gate
            self.up = up
            self.down = down
            tokens = network.tokens
            output = network.output
        }

        /// Blocks of 32 hidden values, the unit of work of gate and up.
        var hiddenBlockCount: Int { down.columns / 32 }
    }

    private func multiplyPacked(_ networks: [PackedNetwork], _ input: MatrixInput) {
        let rows = input.quantizedRows(self)
        let inputs =
            networks.count == 1 && networks[0].tokens == nil
            ? [input.tiles(self)] : TokenTiles.gather(networks.map(\.tokens), of: rows, self)
        let hidden = TokenTiles.allocate(
            zip(networks, inputs).map { ($1.tokenCount, $0.hiddenBlockCount) }, in: workspace)
        let tokenCount = rows.rowCount
        forEachPart(of: networks.map(\.hiddenBlockCount), tokenCount: tokenCount) { index, blocks in
            var gate = unsafe networks[index].gate.descriptor
            var up = unsafe networks[index].up.descriptor
            let tiles = unsafe inputs[index].descriptors()
            let outputs = unsafe hidden[index].pointers()
            unsafe ck_swiglu_packed(
                &gate, &up, tiles, Int64(tiles.count), outputs, Int64(blocks.lowerBound), Int64(blocks.upperBound))
        }
        forEachPart(of: networks.map(\.down.groupCount), tokenCount: tokenCount) { index, groups in
            Compute.multiplyGroups(groups, of: networks[index].down, hidden[index], into: networks[index].output)
        }
    }

    private func multiplyPlain(_ network: GatedProduct, _ input: MatrixInput) {
        var chosen = input
        if let tokens = network.tokens {
            let gathered = activations(rowCount: tokens.count, width: input.view.width)
            for (row, token) in tokens.enumerated() {
                Compute.copy(input.view.row(Int(token)), to: gathered.row(row))
            }
            chosen = MatrixInput(gathered.view)
        }
        let gate = activations(rowCount: chosen.view.rowCount, width: network.gate.rows)
        let up = activations(rowCount: chosen.view.rowCount, width: network.gate.rows)
        multiply([(network.gate, gate.view), (network.up, up.view)], chosen)
        forEachRow(gate.rowCount) { row in Compute.siluMultiply(gate.row(row), up.row(row)) }
        multiply(network.down, gate.view, into: network.output)
    }
}
