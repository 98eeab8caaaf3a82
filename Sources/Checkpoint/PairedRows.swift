import Kernels

/// Where the codes and the scales of some rows are that lie in pairs, each in its file.
public struct PairedRows: Sendable {
    /// Blocks of 32 columns, and bytes of their scales.
    public let blockCount: Int
    /// Bytes of the codes.
    public let codeByteCount: Int
    /// Bytes of the scales in their file.
    public let scales: Range<Int>
    /// Number of that file.
    public let scalesFileIndex: Int
    /// Name of the tensor of scales.
    public let scalesName: String

    init(_ tensor: BoundTensor, _ scales: TensorEntry.PairedScales) {
        let blocksPerRow = tensor.columns / PairedCodes.blockLength
        let first = scales.offset + tensor.rows.lowerBound * blocksPerRow
        blockCount = tensor.rows.count * blocksPerRow
        codeByteCount = blockCount * PairedCodes.codeByteCount
        self.scales = first..<first + blockCount
        scalesFileIndex = scales.fileIndex
        scalesName = scales.name
    }

    /// The error of a scale that is no number; `index` counts from the first of the rows.
    public func nanScale(_ index: Int, path: String) -> CheckpointError {
        CheckpointError(
            .malformed, path: path, field: scalesName, offset: scales.lowerBound + index,
            "a scale is 255, which is no number")
    }
}
