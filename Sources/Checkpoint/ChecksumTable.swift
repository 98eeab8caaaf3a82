/// The table of checksums in a packed store: little-endian numbers of 32 bits.
public enum ChecksumTable {
    /// The table as it is written, without the zeros up to the next page.
    public static func bytes(_ checksums: [UInt32]) -> [UInt8] {
        checksums.flatMap(\.littleEndianBytes)
    }

    /// The first `count` checksums in `bytes`.
    public static func values(_ bytes: [UInt8], count: Int) -> [UInt32] {
        (0..<count).map { UInt32(littleEndianBytes: bytes[4 * $0..<4 * $0 + 4]) }
    }
}
