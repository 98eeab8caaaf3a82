import CKernels

/// Activations in blocks of 32 numbers of 8 bits, token by token (docs/kernels.md).
@safe final class QuantizedRows: @unchecked Sendable {
    // Sendable: the tasks of one fork/join write disjoint rows and the engine thread waits for them (WorkerPool).
    private let storage: WorkspaceBlock
    let rowCount: Int
    /// Blocks per row.
    let blockCount: Int

    /// Room for rows whose width is a multiple of 32.
    init(rowCount: Int, width: Int, in workspace: Workspace) {
        precondition(width % 32 == 0, "rows are quantized in blocks of 32")
        self.rowCount = rowCount
        blockCount = width / 32
        storage = workspace.take(byteCount: rowCount * blockCount * MemoryLayout<ck_q8_block>.stride)
    }

    var pointer: UnsafeMutablePointer<ck_q8_block> {
        unsafe storage.pointer.assumingMemoryBound(to: ck_q8_block.self)
    }

    /// Stores the single row `x` as row `row`.
    func quantize(_ x: ActivationView, asRow row: Int) {
        precondition(row < rowCount && x.width == 32 * blockCount && x.rowCount == 1, "row does not fit")
        unsafe ck_quantize_q8(x.pointer, Int64(x.width), pointer + row * blockCount)
    }
}
