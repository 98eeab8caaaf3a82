import JSON

/// A number by its decimal digits, exactly.
struct Decimal: Hashable, Comparable, Sendable {
    /// How many digits a number may have on one side of the point.
    static let digitLimit = 40

    var isNegative = false
    /// The digits before the point, without leading zeros; none for a fraction.
    var whole: [UInt8] = []
    /// The digits after the point, without trailing zeros.
    var fraction: [UInt8] = []

    static let zero = Decimal()

    /// Whether this is zero.
    var isZero: Bool { whole.isEmpty && fraction.isEmpty }
    /// Whether nothing is after the point.
    var isInteger: Bool { fraction.isEmpty }

    /// The value of a number; `nil` if it has too many digits.
    init?(_ number: JSONNumber) {
        let text = number.literal.utf8
        var digits: [UInt8] = []
        var exponent = 0
        var point: Int?
        var isExponentNegative = false
        var inExponent = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): if inExponent { isExponentNegative = true } else { isNegative = true }
            case UInt8(ascii: "+"): break
            case UInt8(ascii: "."): point = digits.count
            case UInt8(ascii: "e"), UInt8(ascii: "E"): inExponent = true
            default:
                if inExponent {
                    exponent = min(exponent * 10 + Int(byte - 0x30), 1_000_000)
                } else {
                    digits.append(byte - 0x30)
                }
            }
        }
        // Zero may have any exponent.
        guard digits.contains(where: { $0 != 0 }) else {
            isNegative = false
            return
        }
        var place = (point ?? digits.count) + (isExponentNegative ? -exponent : exponent)
        guard digits.count <= 400, abs(place) <= 400 else { return nil }
        if place < 0 {
            digits = Array(repeating: 0, count: -place) + digits
            place = 0
        }
        if place > digits.count { digits += Array(repeating: 0, count: place - digits.count) }
        whole = Array(digits[..<place].drop { $0 == 0 })
        fraction = Array(digits[place...])
        while fraction.last == 0 { fraction.removeLast() }
        guard whole.count <= Self.digitLimit, fraction.count <= Self.digitLimit else { return nil }
    }

    /// Makes zero.
    init() {}

    /// The number without its sign.
    var magnitude: Decimal {
        var result = self
        result.isNegative = false
        return result
    }

    /// The number with the other sign.
    var negated: Decimal {
        var result = self
        result.isNegative = !isNegative && !isZero
        return result
    }

    /// The greatest integer not above this.
    var floor: Decimal {
        guard !isInteger else { return self }
        return isNegative ? truncated.successor.negated : truncated
    }

    /// The least integer not below this.
    var ceiling: Decimal { negated.floor.negated }

    /// The magnitude without what is after the point.
    private var truncated: Decimal {
        var result = magnitude
        result.fraction = []
        return result
    }

    /// One more than a magnitude.
    var successor: Decimal {
        var result = self
        var index = result.whole.count - 1
        while index >= 0, result.whole[index] == 9 {
            result.whole[index] = 0
            index -= 1
        }
        if index >= 0 { result.whole[index] += 1 } else { result.whole.insert(1, at: 0) }
        return result
    }

    /// One less than a magnitude of at least one.
    var predecessor: Decimal {
        var result = self
        var index = result.whole.count - 1
        while index >= 0, result.whole[index] == 0 {
            result.whole[index] = 9
            index -= 1
        }
        if index >= 0 { result.whole[index] -= 1 }
        if result.whole.first == 0 { result.whole.removeFirst() }
        return result
    }

    static func < (left: Decimal, right: Decimal) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        let (small, great) = left.isNegative ? (right, left) : (left, right)
        if small.whole.count != great.whole.count { return small.whole.count < great.whole.count }
        if small.whole != great.whole { return small.whole.lexicographicallyPrecedes(great.whole) }
        return small.fraction.lexicographicallyPrecedes(great.fraction)
    }
}
