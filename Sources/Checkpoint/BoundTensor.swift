import Kernels

/// Some rows of a stored tensor, as a matrix.
public struct BoundTensor: Sendable {
    /// What a matrix is for, which decides how it is best laid out.
    public enum Use: Sendable {
        /// A norm or a bias: one row of floats.
        case vector
        /// Multiplied as a whole.
        case product
        /// Multiplied some rows at a time.
        case products(ofRows: Int)
        /// Computed with in F32 always.
        case float
        /// Rows are looked up by their number.
        case lookup

        /// The layout in which a matrix of `type` is best had for this.
        public func layout(of type: WeightType, rows: Int, columns: Int) -> TensorEntry.Layout {
            guard WeightMatrix.packedByteCount(type, rows: rows, columns: columns) != nil else { return .rows }
            switch self {
            case .product: return .packed
            case .products(let count): return count % WeightMatrix.packedGroupSize == 0 ? .packed : .rows
            case .vector, .float, .lookup: return .rows
            }
        }
    }

    /// Factors per block of an FP8 matrix.
    public struct Scales: Sendable {
        /// The grid of factors: only rows that belong to the matrix.
        public var rows: Range<Int>
        /// The tensor that holds them.
        public var entry: TensorEntry
        /// Rows and columns of a block.
        public var blockRows, blockColumns: Int

        /// The factors as a matrix.
        public var tensor: BoundTensor {
            var tensor = BoundTensor(entry, use: .vector)
            tensor.rows = rows
            return tensor
        }
    }

    /// The stored tensor.
    public var entry: TensorEntry
    /// Rows of the matrix, counted in rows of the whole tensor.
    public var rows: Range<Int>
    /// Row length.
    public var columns: Int
    /// What the matrix is for.
    public var use: Use
    /// Factors per block, if it is an FP8 matrix that has them.
    public var scales: Scales?

    /// All rows of a tensor.
    init(_ entry: TensorEntry, use: Use) {
        self.entry = entry
        rows = 0..<entry.rowCount
        columns = entry.shape[entry.shape.count - 1]
        self.use = use
    }

    /// Bytes of one row, as it would lie by itself.
    public var rowByteCount: Int { entry.type.rowByteCount(columns: columns) ?? 0 }
    /// Where the rows start in the file; their codes, if they lie in pairs.
    public var offset: Int {
        switch entry.layout {
        case .rows: entry.offset + rows.lowerBound * rowByteCount
        case .packed: entry.offset
        case .pairs: entry.offset + rows.lowerBound * columns / 2
        }
    }
    /// Bytes of the rows in the files, the scales of pairs too.
    public var byteCount: Int { entry.layout == .packed ? entry.byteCount : rows.count * rowByteCount }
    /// Bytes of the rows in memory, with the factors of FP8 blocks as F32.
    public var memoryByteCount: Int {
        byteCount + (scales.map { $0.rows.count * $0.entry.shape[1] } ?? 0) * MemoryLayout<Float>.stride
    }

    /// Whether rows are read from the file when they are looked up, and the matrix takes no memory.
    public var isReadByRow: Bool {
        if case .lookup = use { scales == nil && entry.layout != .packed } else { false }
    }

    /// Where codes and scales of the rows are, if they lie in pairs.
    public var pairs: PairedRows? { entry.pairedScales.map { PairedRows(self, $0) } }

    /// Some of the rows, counted from the first one of these.
    public func slice(_ range: Range<Int>) -> BoundTensor {
        var slice = self
        slice.rows = rows.lowerBound + range.lowerBound..<rows.lowerBound + range.upperBound
        return slice
    }

    /// The layout for the integer kernels, if they are to compute with the rows and have one for their type.
    public var fastLayout: TensorEntry.Layout { use.layout(of: entry.type, rows: rows.count, columns: columns) }
}
