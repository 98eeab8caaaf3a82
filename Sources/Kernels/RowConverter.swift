import CKernels
import Memory

/// Turns rows of a matrix from one format into another, and into the layout of the integer kernels if asked to.
///
/// A format is carried over bit by bit where it stays the same; otherwise values go through F32.
public struct RowConverter {
    private let source: WeightType
    private let target: WeightType
    private let columns: Int
    private let isPacked: Bool
    private let scales: BlockScales?
    private let sourceRowByteCount: Int
    private let targetRowByteCount: Int
    /// One row as floats.
    private var values: [Float]
    /// A group of rows before they are packed.
    private var group: [UInt8]

    /// A converter for rows of `columns` values; `nil` if the format does not allow the length, or cannot be made.
    public init?(
        from source: WeightType, scales: BlockScales? = nil, to target: WeightType, packed: Bool, columns: Int
    ) {
        guard let sourceRow = source.rowByteCount(columns: columns),
            let targetRow = target.rowByteCount(columns: columns),
            source == target || target.canQuantize,
            !packed || PackedMatrix.byteCount(target, rows: PackedMatrix.groupSize, columns: columns) != nil
        else { return nil }
        self.source = source
        self.target = target
        self.columns = columns
        isPacked = packed
        // Where FP8 stays FP8 the factors stay beside it.
        self.scales = source == target ? nil : scales
        sourceRowByteCount = sourceRow
        targetRowByteCount = targetRow
        values = [Float](repeating: 0, count: columns)
        group = [UInt8](repeating: 0, count: packed ? PackedMatrix.groupSize * targetRow : 0)
    }

    /// Rows that are converted together: the last ones may be fewer, others only a multiple of this.
    public var groupSize: Int { isPacked ? PackedMatrix.groupSize : 1 }

    /// Bytes of `rows` rows before the conversion.
    public func sourceByteCount(rows: Int) -> Int { rows * sourceRowByteCount }

    /// Bytes of `rows` rows after the conversion.
    public func byteCount(rows: Int) -> Int {
        isPacked
            ? PackedMatrix.byteCount(target, rows: rows, columns: columns) ?? 0 : rows * targetRowByteCount
    }

    /// Converts `rows` rows, the first of which is row `firstRow` of its matrix, and writes them to `offset` of `out`.
    ///
    /// - Returns: the number of a row that holds a NaN or an infinity, which no format of blocks can hold, else `nil`.
    public mutating func convert(
        _ stored: borrowing WorkBuffer, rows: Int, firstRow: Int, into out: inout WorkBuffer, at offset: Int
    ) -> Int? {
        precondition(
            stored.byteCount >= sourceByteCount(rows: rows) && offset + byteCount(rows: rows) <= out.byteCount,
            "rows do not fit")
        return stored.withBytes { stored in
            unsafe stored.withUnsafeBytes { from in
                unsafe convert(from, rows: rows, firstRow: firstRow, into: &out, at: offset)
            }
        }
    }

    private mutating func convert(
        _ from: UnsafeRawBufferPointer, rows: Int, firstRow: Int, into out: inout WorkBuffer, at offset: Int
    ) -> Int? {
        out.withMutableBytes { out in
            unsafe out.withUnsafeMutableBytes { to in
                guard let from = from.baseAddress, let to = unsafe to.baseAddress.map({ unsafe $0 + offset }) else {
                    return nil
                }
                if source != target {
                    return unsafe convertThroughFloats(from, rows: rows, firstRow: firstRow, to)
                }
                if isPacked {
                    unsafe ck_pack_rows(target.rawValue, from, Int64(rows), Int64(columns), to)
                } else {
                    unsafe to.copyMemory(from: from, byteCount: sourceByteCount(rows: rows))
                }
                return nil
            }
        }
    }

    /// Converts rows of floats, which lie one after the other; the converter is one from F32.
    public mutating func convert(floats: [Float], into out: inout WorkBuffer, at offset: Int) -> Int? {
        let rows = floats.count / columns
        precondition(
            source == .f32 && floats.count % columns == 0 && offset + byteCount(rows: rows) <= out.byteCount,
            "rows do not fit")
        return unsafe floats.withUnsafeBytes { unsafe convert($0, rows: rows, firstRow: 0, into: &out, at: offset) }
    }

    /// Rows `rows` of a matrix, which are stored in `stored`, as floats, one after the other.
    public mutating func floats(_ stored: borrowing WorkBuffer, rows: Range<Int>) -> [Float] {
        precondition(stored.byteCount >= sourceByteCount(rows: rows.count), "rows are missing")
        var floats: [Float] = []
        floats.reserveCapacity(rows.count * columns)
        stored.withBytes { stored in
            unsafe stored.withUnsafeBytes { from in
                guard let from = from.baseAddress else { return }
                var matrix = unsafe descriptor(from, rows: rows.count, firstRow: rows.lowerBound)
                for row in 0..<rows.count {
                    unsafe ck_row(&matrix, Int64(row), &values)
                    floats += values
                }
            }
        }
        return floats
    }

    private func descriptor(_ from: UnsafeRawPointer, rows: Int, firstRow: Int) -> ck_matrix {
        unsafe ck_matrix(
            data: from, rows: Int64(rows), columns: Int64(columns), row_bytes: Int64(sourceRowByteCount),
            type: source.rawValue,
            scales: scales.map { unsafe $0.values.pointer.assumingMemoryBound(to: Float.self) },
            first_row: Int64(firstRow), scale_rows: Int64(scales?.blockRows ?? 1),
            scale_columns: Int64(scales?.blockColumns ?? 1), scale_stride: Int64(scales?.scalesPerRow ?? 0))
    }

    private mutating func convertThroughFloats(
        _ from: UnsafeRawPointer, rows: Int, firstRow: Int, _ to: UnsafeMutableRawPointer
    ) -> Int? {
        var matrix = unsafe descriptor(from, rows: rows, firstRow: firstRow)
        for start in stride(from: 0, to: rows, by: groupSize) {
            let count = min(groupSize, rows - start)
            for row in 0..<count {
                unsafe ck_row(&matrix, Int64(start + row), &values)
                let place = isPacked ? row * targetRowByteCount : (start + row) * targetRowByteCount
                let isFinite = unsafe group.withUnsafeMutableBytes { group in
                    let blocks = unsafe isPacked ? group.baseAddress.map { unsafe $0 + place } : to + place
                    return unsafe ck_quantize_rows(target.rawValue, values, Int64(columns), blocks) != 0
                }
                guard isFinite else { return firstRow + start + row }
            }
            guard isPacked else { continue }
            let groupOffset = byteCount(rows: start)
            unsafe group.withUnsafeBytes { group in
                unsafe ck_pack_rows(
                    target.rawValue, group.baseAddress, Int64(count), Int64(columns), to + groupOffset)
            }
        }
        return nil
    }
}
