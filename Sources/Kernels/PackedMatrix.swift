import CKernels
import Memory

/// A matrix whose rows are packed in groups of sixteen for the integer kernels (docs/kernels.md).
struct PackedMatrix: Sendable {
    let type: WeightType
    let rows: Int
    let columns: Int
    private let storage: AlignedBuffer
    private let byteOffset: Int

    /// Rows that are packed together.
    static let groupSize = 16

    /// Bytes of a packed matrix, or `nil` if there are no integer kernels for its type and row length.
    static func byteCount(_ type: WeightType, rows: Int, columns: Int) -> Int? {
        let byteCount = Int(ck_packed_bytes(type.rawValue, Int64(rows), Int64(columns)))
        return byteCount > 0 ? byteCount : nil
    }

    /// A matrix that was packed into `storage` from `byteOffset` on.
    init(type: WeightType, rows: Int, columns: Int, storage: AlignedBuffer, byteOffset: Int) {
        guard let byteCount = Self.byteCount(type, rows: rows, columns: columns),
            byteOffset >= 0, byteOffset + byteCount <= storage.byteCount
        else { preconditionFailure("packed matrix [\(rows), \(columns)] of \(type.name) exceeds its storage") }
        self.type = type
        self.rows = rows
        self.columns = columns
        self.storage = storage
        self.byteOffset = byteOffset
    }

    /// Packs the rows that lie in `stored` from `sourceOffset` on as in a file.
    static func pack(
        _ type: WeightType, rows: Int, columns: Int, from stored: AlignedBuffer, at sourceOffset: Int,
        into packed: inout MutableRawSpan, at byteOffset: Int
    ) {
        guard let byteCount = byteCount(type, rows: rows, columns: columns),
            byteOffset >= 0, byteOffset + byteCount <= packed.byteCount,
            let storedByteCount = type.rowByteCount(columns: columns).map({ $0 * rows }),
            sourceOffset >= 0, sourceOffset + storedByteCount <= stored.byteCount
        else { preconditionFailure("packed matrix [\(rows), \(columns)] of \(type.name) does not fit") }
        unsafe packed.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe ck_pack_rows(
                type.rawValue, stored.pointer + sourceOffset, Int64(rows), Int64(columns), base + byteOffset)
        }
    }

    /// Groups of rows, the last of which may be short.
    var groupCount: Int { (rows + Self.groupSize - 1) / Self.groupSize }

    /// The matrix as the kernels see it. Valid while `self` lives.
    var descriptor: ck_packed {
        unsafe ck_packed(
            data: storage.pointer + byteOffset, rows: Int64(rows), columns: Int64(columns), type: type.rawValue)
    }

    /// Writes the rows as they lie in a file, from `offset` on.
    func unpack(into stored: inout MutableRawSpan, at offset: Int) {
        let rowByteCount = type.rowByteCount(columns: columns) ?? 0
        precondition(offset >= 0 && offset + rows * rowByteCount <= stored.byteCount, "no room for the rows")
        unsafe stored.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for row in 0..<rows {
                unsafe ck_unpack_row(
                    type.rawValue, storage.pointer + byteOffset, Int64(row), Int64(columns),
                    base + offset + row * rowByteCount)
            }
        }
    }

    /// Row `row` as F32.
    func copyRow(_ row: Int, into out: UnsafeMutablePointer<Float>) {
        let byteCount = type.rowByteCount(columns: columns) ?? 0
        unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { blocks in
            guard let blocks = blocks.baseAddress, let dequantize = unsafe ck_dequantize_generic(type.rawValue) else {
                return
            }
            unsafe ck_unpack_row(type.rawValue, storage.pointer + byteOffset, Int64(row), Int64(columns), blocks)
            unsafe dequantize(blocks, out, Int64(columns))
        }
    }
}
