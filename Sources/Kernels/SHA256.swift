import CKernels

/// A SHA-256 (FIPS 180-4) that bytes are added to and whose state can be saved, to go on in another process.
public struct SHA256: Sendable, Equatable {
    private var hash = ck_sha256()

    /// Bytes of a digest.
    public static let digestByteCount = 32
    /// Bytes of a saved state.
    public static let savedStateByteCount = 8 * 4 + 8 + 64

    /// The hash of nothing.
    public init() { unsafe ck_sha256_init(&hash) }

    /// Adds `bytes` at the end.
    public mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe ck_sha256_update(&hash, $0.baseAddress, Int64($0.count)) }
    }

    /// Adds `bytes` at the end.
    public mutating func update(_ bytes: [UInt8]) { unsafe ck_sha256_update(&hash, bytes, Int64(bytes.count)) }

    /// The 32 bytes of the digest of all bytes so far; more may be added after it.
    public func digest() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Self.digestByteCount)
        unsafe withUnsafePointer(to: hash) { unsafe ck_sha256_finish($0, &digest) }
        return digest
    }

    /// The digest in lower-case hexadecimal digits, as `sha256sum` prints it.
    public func hexDigest() -> String { Self.hexText(digest()) }

    /// Bytes in lower-case hexadecimal digits.
    public static func hexText(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The whole state, little-endian: eight words, the count of bytes, the block that is not yet full.
    public var savedState: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.savedStateByteCount)
        unsafe withUnsafePointer(to: hash) { unsafe ck_sha256_save($0, &bytes) }
        return bytes
    }

    /// Goes on from a saved state; `nil` if it is not one.
    public init?(savedState: some Collection<UInt8>) {
        guard savedState.count == Self.savedStateByteCount, unsafe ck_sha256_restore(&hash, Array(savedState)) == 1
        else { return nil }
    }

    /// Whether the same bytes, as far as a hash can tell, were added to both.
    public static func == (left: SHA256, right: SHA256) -> Bool { left.savedState == right.savedState }
}
