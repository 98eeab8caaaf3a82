import CKernels
import Kernels
import Testing

@Suite struct ChecksumTests {
    /// Bytes that repeat from run to run.
    static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }
    }

    static func ascending(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 & 255) } }

    /// Lengths around every length that the code treats in a way of its own.
    static let lengths = [
        0, 1, 3, 7, 8, 9, 55, 56, 57, 63, 64, 65, 119, 120, 128, 503, 504, 505, 1007, 1008, 4031, 4032, 4033, 4536,
        8064,
        12_345, 100_000,
    ]

    // RFC 3720, B.4, and the catalogue's check value.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xe306_9283), ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
            ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43), (ascending(32), 0x46dd_794e),
            (ascending(32).reversed(), 0x113f_db5c), ([], 0),
        ] as [([UInt8], UInt32)])
    func crcOfTheStandardsExamples(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
        #expect(ck_crc32c_generic(0, bytes, Int64(bytes.count)) == expected)
    }

    @Test(arguments: lengths) func crcIsTheDefinitionAndCanBeContinuedAnywhere(length: Int) {
        let bytes = Self.bytes(length + 8)
        for start in [0, 1, 5] {
            let part = Array(bytes[start..<start + length])
            let expected = ~part.reduce(~UInt32(0)) { crc, byte in
                (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82f6_3b78 : 0) }
            }
            #expect(CRC32C.checksum(bytes.span.bytes.extracting(start..<start + length)) == expected)
            #expect(ck_crc32c_generic(0, part, Int64(length)) == expected)
            for cut in Set([0, 1, length / 3, max(length - 5, 0), length]) where cut <= length {
                var checksum = CRC32C()
                checksum.update(part.span.bytes.extracting(0..<cut))
                checksum.update(part.span.bytes.extracting(cut..<length))
                #expect(checksum.value == expected, "cut at \(cut)")
            }
        }
    }

    // NIST's examples for SHA-256.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ]) func sha256OfTheStandardsExamples(text: String, expected: String) {
        var hash = SHA256()
        hash.update(Array(text.utf8))
        #expect(hash.hexDigest() == expected)
        #expect(hash.digest().count == SHA256.digestByteCount)
    }

    @Test func sha256OfAMillionLetters() {
        var hash = SHA256()
        for _ in 0..<1000 { hash.update([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect(hash.hexDigest() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// The digests of (i · i + i / 7) mod 256 for i < length, by another implementation (Python's hashlib).
    @Test(arguments: [
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (31, "1d0ab39fbaea5431d0463809eba66ac596dec563b0763a1371435fc4a267d204"),
        (55, "f904d52ebedef92770158dd476195a0a70373bab57d67f2b8f53819a5c4cca2f"),
        (56, "4eac661b776b3544d4b3d37985883369a291f25602834f3a357eafc1b7091505"),
        (63, "23c0681e2536fb771cf1f3dac3a0933fbfbf48af4dd9ab37e23abef402986fd2"),
        (64, "d011fe1fe12eecf2617eb4b73e15f4d305e35357f719b6635cf57bee4d872722"),
        (65, "ab313d0d8208cc73dfebc8facc930240064c474beee08eac04b73f1af69ba1b3"),
        (111, "1db3f13897ebca8a6e7853c5e945460bb77e66c92c17cc0154be747b4b71f080"),
        (127, "a9fcdd9b4c4d939fe5c89dcd25a25c2f83c64bd449d6a03a5af7df8a12ccc924"),
        (128, "ec90bc69922492b2676d45da0cf8571b22c89e824ba89a63a6afbfe38a30c5f5"),
        (1000, "0603a33e5b077677a085604e508c4123b7a731df6c15e31894209f959cc0a4a0"),
        (4096, "0dd426ead1895f9d59aabb1613aac2274eb4f505607f82fdba04239051faeeda"),
        (65537, "a9a8ca1819328263c7bbc2238af38f3cc7ff6bb6769114314a283b9adcdc8841"),
    ]) func sha256OfOtherLengths(length: Int, expected: String) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * $0 + $0 / 7) }
        var hash = SHA256()
        hash.update(bytes)
        #expect(hash.hexDigest() == expected)
    }

    @Test(arguments: lengths) func sha256IsTheSameOnEverySetHoweverItIsCut(length: Int) throws {
        let bytes = Self.bytes(length)
        var whole = SHA256()
        whole.update(bytes)
        var generic = ck_sha256()
        ck_sha256_init(&generic)
        ck_sha256_update_generic(&generic, bytes, Int64(length))
        var saved = [UInt8](repeating: 0, count: SHA256.savedStateByteCount)
        ck_sha256_save(&generic, &saved)
        #expect(whole.savedState == saved)
        for step in [1, 7, 63, 64, 65, 1000] where length / step < 3000 {
            var hash = SHA256()
            for start in stride(from: 0, to: length, by: step) {
                hash.update(bytes.span.bytes.extracting(start..<min(start + step, length)))
                // Another process goes on.
                hash = try #require(SHA256(savedState: hash.savedState))
            }
            #expect(hash == whole, "steps of \(step)")
            #expect(hash.digest() == whole.digest())
        }
    }

    @Test func onlyStatesOfAHashAreTakenUp() throws {
        var hash = SHA256()
        hash.update(Array("the first bytes of a file".utf8))
        let state = hash.savedState
        #expect(state.count == SHA256.savedStateByteCount)
        #expect(SHA256(savedState: state) == hash)
        #expect(SHA256(savedState: state.dropLast()) == nil)
        #expect(SHA256(savedState: state + [0]) == nil)
        var wrong = state
        wrong[40 + 25] = 1  // behind the 25 bytes that are pending
        #expect(SHA256(savedState: wrong) == nil)
        wrong = state
        wrong[39] = 0x20  // 2⁶¹ bytes and more
        #expect(SHA256(savedState: wrong) == nil)
        var other = SHA256()
        other.update(Array("other bytes".utf8))
        #expect(other != hash)
    }
}
