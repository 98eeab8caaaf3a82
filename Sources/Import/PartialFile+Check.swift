import Checkpoint
import Kernels

extension PartialFile {
    /// Bytes that are read at a time.
    private static let readByteCount = 4 << 20

    /// How many of `units`, counted from the first, hold what `checksums` say.
    func intactCount(of units: ArraySlice<ImportUnit>, _ checksums: [UInt32]) throws(CheckpointError) -> Int {
        for (count, unit) in units.enumerated() {
            let pieceCount = PieceChecksums.count(byteCount: unit.byteCount, pieceByteCount: unit.pieceByteCount)
            for piece in 0..<pieceCount {
                let start = piece * unit.pieceByteCount
                let byteCount = min(unit.pieceByteCount, unit.byteCount - start)
                let found = try checksum(at: unit.offset + start, byteCount: byteCount)
                guard found == checksums[unit.firstChecksum + piece] else { return count }
            }
        }
        return units.count
    }

    /// CRC32C of a part; `nil` if the file ends before.
    private func checksum(at offset: Int, byteCount: Int) throws(CheckpointError) -> UInt32? {
        var checksum = CRC32C()
        for start in stride(from: 0, to: byteCount, by: Self.readByteCount) {
            let count = min(Self.readByteCount, byteCount - start)
            let bytes = try bytes(at: offset + start, count: count)
            guard bytes.count == count else { return nil }
            checksum.update(bytes)
        }
        return checksum.value
    }
}
