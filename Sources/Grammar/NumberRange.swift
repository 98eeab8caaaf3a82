/// The numbers that the bounds of a schema allow.
struct NumberRange: Equatable, Sendable {
    /// The least number; `nil` is no bound.
    var low: Decimal?
    /// Whether `low` itself is one.
    var includesLow = true
    /// The greatest number; `nil` is no bound.
    var high: Decimal?
    /// Whether `high` itself is one.
    var includesHigh = true

    /// Whether there is no bound.
    var isUnbounded: Bool { low == nil && high == nil }

    /// Whether no number lies within the bounds.
    var isEmpty: Bool {
        guard let low, let high else { return false }
        return low > high || low == high && !(includesLow && includesHigh)
    }

    /// Raises the lower bound.
    mutating func raise(to bound: Decimal, including: Bool) {
        if let low, low > bound || low == bound && !includesLow { return }
        low = bound
        includesLow = including
    }

    /// Lowers the upper bound.
    mutating func lower(to bound: Decimal, including: Bool) {
        if let high, high < bound || high == bound && !includesHigh { return }
        high = bound
        includesHigh = including
    }

    /// The numbers of both.
    func intersection(_ other: NumberRange) -> NumberRange {
        var result = self
        if let bound = other.low { result.raise(to: bound, including: other.includesLow) }
        if let bound = other.high { result.lower(to: bound, including: other.includesHigh) }
        return result
    }

    /// Whether a number lies within the bounds.
    func contains(_ value: Decimal) -> Bool {
        if let low, value < low || value == low && !includesLow { return false }
        if let high, value > high || value == high && !includesHigh { return false }
        return true
    }

    /// The same integers with bounds that are integers and belong to the range.
    var ofIntegers: NumberRange {
        var result = self
        if let low {
            let least = low.ceiling
            result.low = least == low && !includesLow ? Self.next(after: least) : least
        }
        if let high {
            let greatest = high.floor
            result.high = greatest == high && !includesHigh ? Self.next(after: greatest.negated).negated : greatest
        }
        result.includesLow = true
        result.includesHigh = true
        return result
    }

    private static func next(after integer: Decimal) -> Decimal {
        integer.isNegative ? integer.negated.predecessor.negated : integer.successor
    }

    /// The magnitudes of the negative numbers of the range; `nil` if there are none.
    var belowZero: NumberRange? {
        if let low, !low.isNegative { return nil }
        var result = NumberRange(
            low: high?.negated, includesLow: includesHigh, high: low?.negated, includesHigh: includesLow)
        if result.low.map({ $0.isNegative || $0.isZero }) ?? true {
            result.low = .zero
            result.includesLow = false
        }
        return result.isEmpty ? nil : result
    }

    /// The numbers of the range that are not negative; `nil` if there are none.
    var fromZero: NumberRange? {
        var result = self
        if low?.isNegative ?? true {
            result.low = .zero
            result.includesLow = true
        }
        return result.isEmpty ? nil : result
    }
}
