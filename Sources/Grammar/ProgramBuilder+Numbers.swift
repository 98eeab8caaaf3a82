/// Numbers between bounds, digit by digit. None is written with an exponent, and zero has no sign.
extension ProgramBuilder {
    /// The integers of a range.
    mutating func integer(_ range: NumberRange) -> Int32 {
        let rule = self.rule()
        let end = state(in: rule, accepting: true)
        let range = range.ofIntegers
        if let part = range.fromZero { integers(part, from: start(of: rule), to: end) }
        if let part = range.belowZero {
            let sign = state(in: rule)
            anyOf("-", from: start(of: rule), to: sign)
            integers(part.ofIntegers, from: sign, to: end)
        }
        return rule
    }

    /// The numbers of a range with at most so many digits after the point.
    mutating func number(_ range: NumberRange, fractionDigits: Int) -> Int32 {
        let rule = self.rule()
        let end = state(in: rule, accepting: true)
        if let part = range.fromZero { decimals(part, fractionDigits, from: start(of: rule), to: end) }
        if let part = range.belowZero {
            let sign = state(in: rule)
            anyOf("-", from: start(of: rule), to: sign)
            decimals(part, fractionDigits, from: sign, to: end)
        }
        return rule
    }

    /// The integers of a range that is not negative and includes its bounds.
    private mutating func integers(_ range: NumberRange, from: Int32, to: Int32) {
        let low = digits(of: range.low ?? .zero)
        let high = range.high.map { digits(of: $0) } ?? Array(repeating: 9, count: max(Self.digits, low.count + 1))
        guard low.count < high.count || low.count == high.count && !high.lexicographicallyPrecedes(low) else { return }
        // States from which so many arbitrary digits follow.
        var free = [to]
        for _ in 1..<max(high.count, 2) {
            let next = state(like: from)
            if let last = free.last { bytes(UInt8(ascii: "0"), UInt8(ascii: "9"), from: next, to: last) }
            free.append(next)
        }
        for count in low.count...high.count {
            let least = count == low.count ? low : [1] + Array(repeating: 0, count: count - 1)
            let greatest = count == high.count ? high : Array(repeating: 9, count: count)
            integers(least, greatest, free, from: from, to: to)
        }
    }

    private func digits(of integer: Decimal) -> [UInt8] { integer.isZero ? [0] : integer.whole }

    /// The integers between two of equal length.
    private mutating func integers(_ low: [UInt8], _ high: [UInt8], _ free: [Int32], from: Int32, to: Int32) {
        let count = low.count
        var index = 0
        var current = from
        while index < count, low[index] == high[index] {
            let next = index + 1 == count ? to : state(like: from)
            digit(low[index], low[index], from: current, to: next)
            current = next
            index += 1
        }
        guard index < count else { return }
        if low[index] + 1 < high[index] {
            digit(low[index] + 1, high[index] - 1, from: current, to: free[count - index - 1])
        }
        for (bound, isLow) in [(low, true), (high, false)] {
            var edge = current
            for place in index..<count {
                let next = place + 1 == count ? to : state(like: from)
                digit(bound[place], bound[place], from: edge, to: next)
                edge = next
                guard place + 1 < count else { break }
                let following = bound[place + 1]
                let rest = free[count - place - 2]
                if isLow, following < 9 { digit(following + 1, 9, from: edge, to: rest) }
                if !isLow, following > 0 { digit(0, following - 1, from: edge, to: rest) }
            }
        }
    }

    private mutating func digit(_ low: UInt8, _ high: UInt8, from: Int32, to: Int32) {
        bytes(0x30 + low, 0x30 + high, from: from, to: to)
    }

    /// The numbers of a range that is not negative.
    private mutating func decimals(_ range: NumberRange, _ fractionDigits: Int, from: Int32, to: Int32) {
        let low = range.low ?? .zero
        let whole = digits(of: low)
        let least = Bound(digits: low.fraction, isIncluded: range.includesLow)
        guard let high = range.high else {
            fraction(after: whole, least, nil, fractionDigits, from: from, to: to)
            let after = state(like: from)
            integers(NumberRange(low: wholePart(of: low).successor), from: from, to: after)
            fraction(nil, nil, fractionDigits, from: after, to: to)
            return
        }
        let greatest = Bound(digits: high.fraction, isIncluded: range.includesHigh)
        guard low.whole != high.whole else {
            return fraction(after: whole, least, greatest, fractionDigits, from: from, to: to)
        }
        fraction(after: whole, least, nil, fractionDigits, from: from, to: to)
        fraction(after: digits(of: high), nil, greatest, fractionDigits, from: from, to: to)
        let between = NumberRange(low: wholePart(of: low).successor, high: wholePart(of: high).predecessor)
        guard !between.isEmpty else { return }
        let after = state(like: from)
        integers(between, from: from, to: after)
        fraction(nil, nil, fractionDigits, from: after, to: to)
    }

    private func wholePart(of number: Decimal) -> Decimal {
        var result = number
        result.fraction = []
        return result
    }

    /// Digits that those after the point are compared with.
    private struct Bound {
        let digits: [UInt8]
        let isIncluded: Bool

        func digit(_ index: Int) -> UInt8 { index < digits.count ? digits[index] : 0 }
    }

    private mutating func fraction(
        after whole: [UInt8], _ least: Bound?, _ greatest: Bound?, _ digitCount: Int, from: Int32, to: Int32
    ) {
        let after = state(like: from)
        literal(whole.map { $0 + 0x30 }, from: from, to: after)
        fraction(least, greatest, digitCount, from: after, to: to)
    }

    /// A point and digits, or none. A bound stays as long as all digits so far are its own.
    private mutating func fraction(_ least: Bound?, _ greatest: Bound?, _ digitCount: Int, from: Int32, to: Int32) {
        var level: [(least: Bound?, greatest: Bound?, state: Int32)] = [(least, greatest, from)]
        for index in 0...digitCount {
            var next: [(least: Bound?, greatest: Bound?, state: Int32)] = []
            for (least, greatest, here) in level {
                // To end here is to have zeros for the rest.
                let isAbove = least.map { index >= $0.digits.count && $0.isIncluded } ?? true
                let isBelow = greatest.map { index < $0.digits.count || $0.isIncluded } ?? true
                if isAbove, isBelow { free(from: here, to: to) }
                guard index < digitCount else { continue }
                var reading = here
                if index == 0 {
                    reading = state(like: from)
                    anyOf(".", from: here, to: reading)
                }
                for value in (least?.digit(index) ?? 0)...9 where value <= greatest?.digit(index) ?? 9 {
                    let isLeast = least.map { $0.digit(index) == value } ?? false
                    let isGreatest = greatest.map { $0.digit(index) == value } ?? false
                    let known = next.first { ($0.least != nil) == isLeast && ($0.greatest != nil) == isGreatest }
                    let target = known?.state ?? state(like: from)
                    if known == nil { next.append((isLeast ? least : nil, isGreatest ? greatest : nil, target)) }
                    digit(value, value, from: reading, to: target)
                }
            }
            level = next
        }
    }
}
