import CKernels
import Glibc
import Kernels
import Memory

/// Packed matrices of one type, together larger than any cache, and inputs for them.
final class PackedSet: @unchecked Sendable {
    // Sendable: what the inputs point to does not change, and the tasks of one fork/join write disjoint rows.

    /// Tokens of a prefill.
    static let tokenCount = 512

    let type: WeightType
    let rows: Int
    let columns: Int
    /// All matrices, one after the other.
    let storage: AlignedBuffer
    /// Bytes of one matrix.
    let matrixByteCount: Int
    let matrixCount: Int
    private var next = 0
    private let token: UnsafeMutablePointer<ck_q8_block>
    private let tileStorage: UnsafeMutableRawPointer
    private let tiles: UnsafeMutablePointer<ck_tile>
    private let tileCount: Int
    private let output: UnsafeMutablePointer<Float>

    /// Groups of rows in a matrix.
    var groupCount: Int { rows / CK_GROUP_ROWS }

    /// Packs one matrix of random weights, of a type that has integer kernels, and copies it until `byteCount` is used
    /// up.
    init(type: WeightType, rows: Int, columns: Int, byteCount: Int, tileSize: Int) throws {
        let packedBytes = Int(ck_packed_bytes(type.rawValue, Int64(rows), Int64(columns)))
        (self.type, self.rows, self.columns, matrixByteCount) = (type, rows, columns, packedBytes)
        let stride = (packedBytes + 63) / 64 * 64
        matrixCount = max(1, byteCount / stride)
        let count = matrixCount
        storage = try AlignedBuffer.create(byteCount: stride * count) { bytes in
            bytes.withUnsafeMutableBytes { bytes in
                guard let first = bytes.baseAddress else { return }
                Self.randomWeights(type, rows: rows, columns: columns).withUnsafeBytes {
                    ck_pack_rows(type.rawValue, $0.baseAddress, Int64(rows), Int64(columns), first)
                }
                for matrix in 1..<max(1, count) { memcpy(first + matrix * stride, first, packedBytes) }
            }
        }

        let blocks = columns / 32
        var random = SystemRandomNumberGenerator()
        let values = (0..<Self.tokenCount * columns).map { _ in Float.random(in: -1...1, using: &random) }
        token = .allocate(capacity: Self.tokenCount * blocks)
        ck_quantize_q8(values, Int64(values.count), token)
        let (tileBytes, tileCount) = (48 * tileSize * blocks, Self.tokenCount / tileSize)
        self.tileCount = tileCount
        tileStorage = .allocate(byteCount: tileBytes * tileCount, alignment: 64)
        tiles = .allocate(capacity: tileCount)
        for tile in 0..<tileCount {
            let indices = (0..<tileSize).map { Int32(tile * tileSize + $0) }
            let bytes = tileStorage + tile * tileBytes
            ck_make_tile(token, Int64(blocks), indices, Int32(tileSize), Int32(tileSize), bytes)
            (tiles + tile).initialize(
                to: ck_tile(
                    blocks: bytes, size: Int32(tileSize), count: Int32(tileSize), first: Int64(tile * tileSize)))
        }
        output = .allocate(capacity: Self.tokenCount * rows)
        output.initialize(repeating: 0, count: Self.tokenCount * rows)
    }

    deinit {
        token.deallocate()
        tileStorage.deallocate()
        tiles.deallocate()
        output.deallocate()
    }

    /// Multiplies the next matrix with one token; returns the bytes of weights read.
    func decode(_ pool: WorkerPool) -> Double {
        next = (next + 1) % matrixCount
        let matrix = next
        pool.forEachRange(groupCount, grain: 4) { groups in
            var weights = packed(matrix)
            var tile = ck_tile(blocks: UnsafeRawPointer(token), size: 1, count: 1, first: 0)
            ck_multiply_packed(
                &weights, &tile, 1, output, Int64(rows), Int64(groups.lowerBound), Int64(groups.upperBound))
        }
        return Double(matrixByteCount)
    }

    /// Multiplies the first `groupCount` groups of one matrix with 512 tokens; returns the number of operations.
    func prefill(_ pool: WorkerPool, groupCount: Int) -> Double {
        pool.forEachRange(groupCount, grain: 1) { groups in
            var weights = packed(0)
            ck_multiply_packed(
                &weights, tiles, Int64(tileCount), output, Int64(rows), Int64(groups.lowerBound),
                Int64(groups.upperBound))
        }
        return 2 * Double(groupCount) * Double(CK_GROUP_ROWS) * Double(columns) * Double(Self.tokenCount)
    }

    private func packed(_ matrix: Int) -> ck_packed {
        ck_packed(
            data: storage.pointer + matrix * (storage.byteCount / matrixCount), rows: Int64(rows),
            columns: Int64(columns), type: type.rawValue)
    }

    /// Rows as they lie in a file: random bits, but scales near 0.01.
    private static func randomWeights(_ type: WeightType, rows: Int, columns: Int) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        let blockBytes = type.blockByteCount
        let count = rows * columns / type.blockLength * blockBytes
        var bytes = [UInt8](repeating: 0, count: count)
        for i in stride(from: 0, to: count - count % 8, by: 8) {
            let word = random.next()
            for j in 0..<8 { bytes[i + j] = UInt8(truncatingIfNeeded: word >> UInt64(8 * j)) }
        }
        for block in stride(from: 0, to: count, by: blockBytes) {
            switch type {
            case .mxfp4: bytes[block] = 120
            case .q6K: bytes[block + 209] = 0x21
            case .q4K, .q4_1: (bytes[block + 1], bytes[block + 3]) = (0x21, 0x21)
            default: bytes[block + 1] = 0x21
            }
        }
        return bytes
    }
}
