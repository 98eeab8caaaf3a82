import CKernels
import Memory

/// A grid of factors over a matrix, as FP8 checkpoints have: `W[i,j] *= scales[i / blockRows, j / blockColumns]`.
public struct BlockScales: Sendable {
    let values: AlignedBuffer
    let blockRows: Int
    let blockColumns: Int
    let scalesPerRow: Int

    /// `values` holds ⌈rows / blockRows⌉ × ⌈columns / blockColumns⌉ F32 numbers, row by row.
    public init(values: AlignedBuffer, blockRows: Int, blockColumns: Int, columns: Int) {
        precondition(blockRows > 0 && blockColumns > 0, "block sizes are checked when a model is bound")
        self.values = values
        self.blockRows = blockRows
        self.blockColumns = blockColumns
        scalesPerRow = (columns + blockColumns - 1) / blockColumns
    }
}

/// A row-major matrix W[rows, columns] of weights in any format; `y = W x`.
public struct WeightMatrix: Sendable {
    /// How the values are stored.
    public let type: WeightType
    /// Output features.
    public let rows: Int
    /// Input features.
    public let columns: Int
    private let storage: AlignedBuffer
    private let byteOffset: Int
    private let rowByteCount: Int
    private let scales: BlockScales?
    private let firstRow: Int
    /// What `storage` holds if it is in the integer kernels' layout.
    let packed: PackedMatrix?

    /// A matrix in `storage` from `byteOffset` on. Shapes were validated when the model was bound.
    public init(
        type: WeightType, rows: Int, columns: Int, storage: AlignedBuffer, byteOffset: Int = 0,
        scales: BlockScales? = nil
    ) {
        guard let rowByteCount = type.rowByteCount(columns: columns), rows >= 0, byteOffset >= 0,
            byteOffset + rows * rowByteCount <= storage.byteCount
        else { preconditionFailure("matrix [\(rows), \(columns)] of \(type.name) exceeds its storage") }
        self.type = type
        self.rows = rows
        self.columns = columns
        self.storage = storage
        self.byteOffset = byteOffset
        self.rowByteCount = rowByteCount
        self.scales = scales
        firstRow = 0
        packed = nil
    }

    /// Bytes of a matrix in the integer kernels' layout, or `nil` if they have none for its type and row length.
    public static func packedByteCount(_ type: WeightType, rows: Int, columns: Int) -> Int? {
        PackedMatrix.byteCount(type, rows: rows, columns: columns)
    }

    /// Packs the rows that lie in `stored` from `sourceOffset` on as in a file, for a matrix made by `init(packed:)`.
    public static func pack(
        _ type: WeightType, rows: Int, columns: Int, from stored: AlignedBuffer, startingAt sourceOffset: Int = 0,
        into packed: inout MutableRawSpan, at byteOffset: Int
    ) {
        PackedMatrix.pack(
            type, rows: rows, columns: columns, from: stored, at: sourceOffset, into: &packed, at: byteOffset)
    }

    /// Gives the rows of the packed matrix that lies in `packed` from `sourceOffset` on back as they lie in a file.
    public static func unpack(
        _ type: WeightType, rows: Int, columns: Int, from packed: AlignedBuffer, startingAt sourceOffset: Int = 0,
        into stored: inout MutableRawSpan, at byteOffset: Int = 0
    ) {
        PackedMatrix(type: type, rows: rows, columns: columns, storage: packed, byteOffset: sourceOffset)
            .unpack(into: &stored, at: byteOffset)
    }

    /// A matrix in the integer kernels' layout, packed into `storage` from `byteOffset` on.
    public init(packed type: WeightType, rows: Int, columns: Int, storage: AlignedBuffer, byteOffset: Int = 0) {
        self.type = type
        self.rows = rows
        self.columns = columns
        self.storage = storage
        self.byteOffset = byteOffset
        rowByteCount = type.rowByteCount(columns: columns) ?? 0
        scales = nil
        firstRow = 0
        packed = PackedMatrix(type: type, rows: rows, columns: columns, storage: storage, byteOffset: byteOffset)
    }

    private init(rows range: Range<Int>, of whole: WeightMatrix) {
        precondition(range.lowerBound >= 0 && range.upperBound <= whole.rows, "rows \(range) of \(whole.rows)")
        precondition(whole.packed == nil, "packed rows cannot be taken apart")
        type = whole.type
        rows = range.count
        columns = whole.columns
        storage = whole.storage
        byteOffset = whole.byteOffset + range.lowerBound * whole.rowByteCount
        rowByteCount = whole.rowByteCount
        scales = whole.scales
        firstRow = whole.firstRow + range.lowerBound
        packed = nil
    }

    /// Some rows of the matrix; shares its storage.
    public func rows(_ range: Range<Int>) -> WeightMatrix { WeightMatrix(rows: range, of: self) }

    /// Rows that the integer kernels' layout keeps together.
    public static let packedGroupSize = PackedMatrix.groupSize

    /// The matrix as the kernels see it. Valid while `self` lives.
    var descriptor: ck_matrix {
        unsafe ck_matrix(
            data: storage.pointer + byteOffset, rows: Int64(rows), columns: Int64(columns),
            row_bytes: Int64(rowByteCount), type: type.rawValue,
            scales: scales.map { unsafe $0.values.pointer.assumingMemoryBound(to: Float.self) },
            first_row: Int64(firstRow), scale_rows: Int64(scales?.blockRows ?? 1),
            scale_columns: Int64(scales?.blockColumns ?? 1), scale_stride: Int64(scales?.scalesPerRow ?? 0))
    }
}
