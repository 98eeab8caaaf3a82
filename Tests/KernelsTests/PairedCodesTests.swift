import Kernels
import Testing

@Suite struct PairedCodesTests {
    /// Code of every column, and the scales.
    static func blocks(_ count: Int) -> (codes: [UInt8], scales: [UInt8]) {
        let bytes = ChecksumTests.bytes(33 * count)
        return (bytes[..<(32 * count)].map { $0 & 15 }, bytes[(32 * count)...].map { min($0, 254) })
    }

    /// Neighbours in a byte, the even one low.
    static func pairs(_ codes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: codes.count, by: 2).map { codes[$0] | codes[$0 + 1] << 4 }
    }

    /// A block of ggml: the scale, then column i and 16 + i in a byte.
    static func expected(_ codes: [UInt8], _ scales: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for block in scales.indices {
            bytes.append(scales[block])
            for column in 32 * block..<32 * block + 16 { bytes.append(codes[column] | codes[column + 16] << 4) }
        }
        return bytes
    }

    @Test(arguments: [0, 1, 2, 7, 100]) func codesComeIntoTheOrderOfBlocks(count: Int) {
        let (codes, scales) = Self.blocks(count)
        let place = 3
        // Codes just behind where the last block ends, and as close as may be.
        for start in [place + 17 * count, place + count] {
            var bytes = [UInt8](repeating: 0xaa, count: start + 16 * count)
            bytes.replaceSubrange(start..<start + 16 * count, with: Self.pairs(codes))
            var span = bytes.mutableSpan
            var raw = span.mutableBytes
            let bad = PairedCodes.join(count, codes: start, scales: scales, in: &raw, at: place)
            #expect(bad == nil)
            #expect(Array(bytes[place..<place + 17 * count]) == Self.expected(codes, scales))
            #expect(bytes[..<place].allSatisfy { $0 == 0xaa })
        }
        var bytes = Self.pairs(codes) + scales + [UInt8](repeating: 0xaa, count: 17 * count)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        let bad = PairedCodes.join(count, codes: 0, scales: 16 * count, in: &raw, at: 17 * count)
        #expect(bad == nil)
        #expect(Array(bytes[(17 * count)...]) == Self.expected(codes, scales))
        #expect(Array(bytes[..<(17 * count)]) == Self.pairs(codes) + scales)
    }

    @Test(arguments: [0, 3, 8]) func aScaleThatIsNoNumberIsNamed(position: Int) {
        var (codes, scales) = Self.blocks(9)
        scales[position] = 255
        var bytes = [UInt8](repeating: 0, count: 9) + Self.pairs(codes)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        #expect(PairedCodes.join(9, codes: 9, scales: scales, in: &raw, at: 0) == position)
        codes.removeAll()
    }
}
