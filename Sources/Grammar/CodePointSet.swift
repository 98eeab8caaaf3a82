/// A set of Unicode code points that are not surrogates.
struct CodePointSet: Hashable, Sendable {
    /// The code points, ascending, neither touching nor overlapping.
    private(set) var ranges: [ClosedRange<UInt32>]

    /// Makes the set of these ranges, in any order; surrogates are left out.
    init(_ ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        let whole = ranges.flatMap { range -> [ClosedRange<UInt32>] in
            var parts: [ClosedRange<UInt32>] = []
            if range.lowerBound < 0xD800 { parts.append(range.lowerBound...min(range.upperBound, 0xD7FF)) }
            let low = max(range.lowerBound, 0xE000)
            let high = min(range.upperBound, 0x10FFFF)
            if low <= high { parts.append(low...high) }
            return parts
        }
        for range in whole.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    /// The set of one code point.
    init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    /// All code points.
    static let all = CodePointSet([0...0x10FFFF])
    /// Those that a JSON string has as themselves.
    static let unescaped = CodePointSet([0x20...0x21, 0x23...0x5B, 0x5D...0x10FFFF])

    /// Whether there are none.
    var isEmpty: Bool { ranges.isEmpty }

    /// Whether each is one byte, and the same in a JSON string.
    var isPlainASCII: Bool {
        ranges.allSatisfy { $0.lowerBound >= 0x20 && $0.upperBound < 0x80 && !$0.contains(0x22) && !$0.contains(0x5C) }
    }

    /// Whether a code point is in the set.
    func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }

    /// The code points of either set.
    func union(_ other: CodePointSet) -> CodePointSet { CodePointSet(ranges + other.ranges) }

    /// All other code points.
    var inverted: CodePointSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return CodePointSet(gaps)
    }

    /// The code points of both sets.
    func intersection(_ other: CodePointSet) -> CodePointSet {
        var common: [ClosedRange<UInt32>] = []
        var (left, right) = (ranges[...], other.ranges[...])
        while let one = left.first, let two = right.first {
            let (low, high) = (max(one.lowerBound, two.lowerBound), min(one.upperBound, two.upperBound))
            if low <= high { common.append(low...high) }
            if one.upperBound < two.upperBound { left.removeFirst() } else { right.removeFirst() }
        }
        return CodePointSet(common)
    }

    /// The code points that are not in another set.
    func subtracting(_ other: CodePointSet) -> CodePointSet { intersection(other.inverted) }

    /// Cuts a range whose UTF-8 is not one sequence of byte ranges.
    ///
    /// It is one if both ends have the same length, and after the first byte in which they differ the lower end has
    /// only the least and the upper only the greatest continuation bytes.
    static func split(
        _ range: ClosedRange<UInt32>, _ lowCount: Int, _ highCount: Int
    ) -> (lower: ClosedRange<UInt32>, upper: ClosedRange<UInt32>)? {
        let (low, high) = (range.lowerBound, range.upperBound)
        if lowCount != highCount {
            let last: UInt32 = lowCount == 1 ? 0x7F : lowCount == 2 ? 0x7FF : 0xFFFF
            return (low...last, (last + 1)...high)
        }
        for continuation in 1..<max(lowCount, 1) {
            let mask = UInt32(1) << UInt32(6 * continuation) - 1
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 { return (low...(low | mask), ((low | mask) + 1)...high) }
            if high & mask != mask { return (low...((high & ~mask) - 1), (high & ~mask)...high) }
        }
        return nil
    }
}
