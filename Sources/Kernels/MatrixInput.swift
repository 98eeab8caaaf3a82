import CKernels

/// Activations that one or several matrices are multiplied with; quantized once, when the first packed one asks.
///
/// Used by the engine thread; the tasks of a fork/join read what it has prepared.
public final class MatrixInput {
    let view: ActivationView
    private var quantized: QuantizedRows?
    private var everyToken: TokenTiles?

    /// The rows of `view`, one per token, which must not change while the input is in use.
    public init(_ view: ActivationView) {
        self.view = view
    }

    /// The rows in blocks of 8 bits.
    func quantizedRows(_ compute: Compute) -> QuantizedRows {
        if let quantized { return quantized }
        let rows = QuantizedRows(rowCount: view.rowCount, width: view.width, in: compute.workspace)
        let view = view
        compute.forEachRow(view.rowCount) { row in rows.quantize(view.row(row), asRow: row) }
        quantized = rows
        return rows
    }

    /// All rows in order, as tiles.
    func tiles(_ compute: Compute) -> TokenTiles {
        if let everyToken { return everyToken }
        let tiles = TokenTiles.gather(nil, of: quantizedRows(compute), compute)
        everyToken = tiles
        return tiles
    }
}
