import CKernels

/// A CRC-32C (Castagnoli, RFC 3720) that bytes are added to.
public struct CRC32C: Sendable, Equatable {
    /// The checksum of all bytes so far; 0 of none.
    public private(set) var value: UInt32 = 0

    /// The checksum of nothing.
    public init() {}

    /// Adds `bytes` at the end.
    public mutating func update(_ bytes: RawSpan) {
        value = unsafe bytes.withUnsafeBytes { unsafe ck_crc32c(value, $0.baseAddress, Int64($0.count)) }
    }

    /// Adds `bytes` at the end.
    public mutating func update(_ bytes: [UInt8]) { value = unsafe ck_crc32c(value, bytes, Int64(bytes.count)) }

    /// The checksum of `bytes`.
    public static func checksum(_ bytes: RawSpan) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    /// The checksum of `bytes`.
    public static func checksum(_ bytes: [UInt8]) -> UInt32 { unsafe ck_crc32c(0, bytes, Int64(bytes.count)) }
}
