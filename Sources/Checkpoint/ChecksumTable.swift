/// The table of checksums in a packed store: little-endian numbers of 32 bits.
public enum ChecksumTable {
    /// The table as it is written, without the zeros up to the next page.
    public static func bytes(_ checksums: [UInt32]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * checksums.count)
        for value in checksums {
            for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
        }
        return bytes
    }

    /// The first `count` checksums in `bytes`.
    public static func values(_ bytes: [UInt8], count: Int) -> [UInt32] {
        (0..<count).map { index in
            bytes[4 * index..<4 * index + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}
