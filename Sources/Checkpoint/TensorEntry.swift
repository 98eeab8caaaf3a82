import Kernels

/// Where a tensor lies: its file, offset, format and shape.
public struct TensorEntry: Sendable, Equatable {
    /// How the rows of a matrix lie in the file.
    public enum Layout: String, Sendable {
        /// One after the other.
        case rows
        /// In groups, as the integer kernels want them (docs/kernels.md).
        case packed
        /// MXFP4 codes in pairs, one row after the other, and the scales elsewhere (`PairedScales`). Only Hugging Face
        /// folders have that, and rows are made of it when they are read.
        case pairs
    }

    /// Where the scales of a matrix of pairs lie, one byte for 32 columns, row after row.
    public struct PairedScales: Sendable, Equatable {
        /// Name in the checkpoint.
        public var name: String
        /// Which of the checkpoint's files.
        public var fileIndex: Int
        /// First byte in the file.
        public var offset: Int
    }

    /// Name in the checkpoint.
    public var name: String
    /// How the values are stored.
    public var type: WeightType
    /// Dimensions, slowest first; the last one is the row length.
    public var shape: [Int]
    /// Which of the checkpoint's files.
    public var fileIndex: Int
    /// First byte in the file.
    public var offset: Int
    /// Size of the data.
    public var byteCount: Int
    /// How the rows lie.
    public var layout = Layout.rows
    /// The scales of pairs.
    public var pairedScales: PairedScales?
    /// What the bytes must be, in formats that say so.
    public var checksums: PieceChecksums?

    /// Rows of the matrix, all dimensions but the last taken together.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }

    /// Bytes of a tensor, or `nil` if rows are no whole number of blocks or the size cannot be counted.
    static func byteCount(shape: [Int], type: WeightType) -> Int? {
        guard let columns = shape.last, var byteCount = type.rowByteCount(columns: columns) else { return nil }
        for length in shape.dropLast() {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: length)
            // Beyond 2⁵⁶ later sums could overflow; no file is that large.
            guard !overflow, length >= 0, product < 1 << 56 else { return nil }
            byteCount = product
        }
        return byteCount < 1 << 56 ? byteCount : nil
    }

    /// The same for a layout; `nil` too if there are no integer kernels for the type and row length.
    static func byteCount(shape: [Int], type: WeightType, layout: Layout) -> Int? {
        guard let plain = byteCount(shape: shape, type: type) else { return nil }
        guard layout == .packed else { return plain }
        return WeightMatrix.packedByteCount(
            type, rows: shape.dropLast().reduce(1, *), columns: shape[shape.count - 1])
    }

    /// Throws if two tensors of one file share bytes: a sign of a forged header.
    static func checkDisjoint(_ tensors: [TensorEntry], path: String) throws(CheckpointError) {
        let sorted = tensors.filter { $0.byteCount > 0 }.sorted { $0.offset < $1.offset }
        for (first, second) in zip(sorted, sorted.dropFirst()) where first.offset + first.byteCount > second.offset {
            throw CheckpointError(
                .malformed, path: path, field: second.name, offset: second.offset,
                "tensor data overlaps that of \(first.name)")
        }
    }
}
