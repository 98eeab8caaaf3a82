import JSON

/// Strings and the characters in them, as JSON writes them in UTF-8.
extension ProgramBuilder {
    /// States in the middle of a character of several bytes that all end in one state.
    struct Tails {
        /// After these, so many arbitrary continuation bytes follow.
        let one, two, three: Int32
        /// After E0, ED, F0, F4: not every continuation byte is right (overlong forms, surrogates, the end of Unicode).
        let afterE0, afterED, afterF0, afterF4: Int32
    }

    /// The middles of all characters of several bytes that end in `to`.
    mutating func tails(to: Int32) -> Tails {
        let tails = Tails(
            one: state(like: to), two: state(like: to), three: state(like: to), afterE0: state(like: to),
            afterED: state(like: to), afterF0: state(like: to), afterF4: state(like: to))
        bytes(0x80, 0xBF, from: tails.one, to: to)
        bytes(0x80, 0xBF, from: tails.two, to: tails.one)
        bytes(0x80, 0xBF, from: tails.three, to: tails.two)
        bytes(0xA0, 0xBF, from: tails.afterE0, to: tails.one)
        bytes(0x80, 0x9F, from: tails.afterED, to: tails.one)
        bytes(0x90, 0xBF, from: tails.afterF0, to: tails.two)
        bytes(0x80, 0x8F, from: tails.afterF4, to: tails.two)
        return tails
    }

    /// The first bytes of all characters of several bytes.
    mutating func leads(from: Int32, _ tails: Tails) {
        bytes(0xC2, 0xDF, from: from, to: tails.one)
        bytes(0xE0, 0xE0, from: from, to: tails.afterE0)
        bytes(0xE1, 0xEC, from: from, to: tails.two)
        bytes(0xED, 0xED, from: from, to: tails.afterED)
        bytes(0xEE, 0xEF, from: from, to: tails.two)
        bytes(0xF0, 0xF0, from: from, to: tails.afterF0)
        bytes(0xF1, 0xF3, from: from, to: tails.three)
        bytes(0xF4, 0xF4, from: from, to: tails.afterF4)
    }

    /// Any character of a string, written as itself or as an escape; half of a surrogate pair is none.
    mutating func anyCharacter(from: Int32, to: Int32) {
        bytes(0x20, 0x21, from: from, to: to)
        bytes(0x23, 0x5B, from: from, to: to)
        bytes(0x5D, 0x7F, from: from, to: to)
        leads(from: from, tails(to: to))
        let escape = state(like: from)
        anyOf("\\", from: from, to: escape)
        anyOf("\"\\/bfnrt", from: escape, to: to)
        let (digit1, digit2, digit3, digit4) = (
            state(like: from), state(like: from), state(like: from), state(like: from)
        )
        anyOf("u", from: escape, to: digit1)
        bytes(UInt8(ascii: "0"), UInt8(ascii: "9"), from: digit1, to: digit2)
        anyOf("abcABCefEF", from: digit1, to: digit2)
        hexDigit(from: digit2, to: digit3)
        hexDigit(from: digit3, to: digit4)
        hexDigit(from: digit4, to: to)
        let (afterD, high3, high4, low) = (state(like: from), state(like: from), state(like: from), state(like: from))
        anyOf("dD", from: digit1, to: afterD)
        anyOf("01234567", from: afterD, to: digit3)
        anyOf("89abAB", from: afterD, to: high3)
        hexDigit(from: high3, to: high4)
        hexDigit(from: high4, to: low)
        let (low0, low1, low2) = (state(like: from), state(like: from), state(like: from))
        literal("\\u", from: low, to: low0)
        anyOf("dD", from: low0, to: low1)
        anyOf("cdefCDEF", from: low1, to: low2)
        hexDigit(from: low2, to: digit4)
    }

    private mutating func hexDigit(from: Int32, to: Int32) {
        bytes(UInt8(ascii: "0"), UInt8(ascii: "9"), from: from, to: to)
        bytes(UInt8(ascii: "A"), UInt8(ascii: "F"), from: from, to: to)
        bytes(UInt8(ascii: "a"), UInt8(ascii: "f"), from: from, to: to)
    }

    /// Any string.
    mutating func anyString() -> Int32 {
        common(.string) { builder in
            let rule = builder.rule()
            let inside = builder.state(in: rule)
            builder.anyOf("\"", from: builder.start(of: rule), to: inside)
            builder.anyCharacter(from: inside, to: inside)
            builder.anyOf("\"", from: inside, to: builder.state(in: rule, accepting: true))
            return rule
        }
    }

    /// A string of so many characters.
    mutating func string(atLeast: Int32, atMost: Int32) -> Int32 {
        if atLeast <= 0, atMost == .max { return anyString() }
        let rule = self.rule(minimum: atLeast, maximum: atMost)
        let (inside, character, after) = (state(in: rule), state(in: rule), state(in: rule))
        anyOf("\"", from: start(of: rule), to: inside)
        step(from: inside, to: character)
        anyCharacter(from: character, to: inside)
        leave(from: inside, to: after)
        anyOf("\"", from: after, to: state(in: rule, accepting: true))
        return rule
    }

    /// A character of a set: as itself where JSON allows it, else as its shortest escape.
    mutating func character(of set: CodePointSet, from: Int32, to: Int32) {
        if set.isPlainASCII {
            for range in set.ranges {
                bytes(
                    UInt8(truncatingIfNeeded: range.lowerBound), UInt8(truncatingIfNeeded: range.upperBound),
                    from: from, to: to)
            }
            return
        }
        let rule = common(.characters(set)) { builder in
            let rule = builder.rule()
            let end = builder.state(in: rule, accepting: true)
            builder.writtenCharacter(of: set, from: builder.start(of: rule), to: end)
            return rule
        }
        call(rule, from: from, to: to)
    }

    /// The character spelled out in states of the rule itself.
    mutating func writtenCharacter(of set: CodePointSet, from: Int32, to: Int32) {
        for range in set.intersection(.unescaped).ranges { utf8(range, from: from, to: to) }
        for range in set.subtracting(.unescaped).ranges {
            for scalar in range.lazy.compactMap({ Unicode.Scalar($0) }) {
                var text: [UInt8] = []
                JSONValue.appendEscaped(String(Character(scalar)), to: &text)
                literal(Array(text.dropFirst().dropLast()), from: from, to: to)
            }
        }
    }

    /// The UTF-8 of the code points of a range without surrogates.
    private mutating func utf8(_ range: ClosedRange<UInt32>, from: Int32, to: Int32) {
        var pending = [range]
        while let range = pending.popLast() {
            guard let low = Unicode.Scalar(range.lowerBound), let high = Unicode.Scalar(range.upperBound) else {
                continue
            }
            let (first, last) = (Array(UTF8.encode(low) ?? .init()), Array(UTF8.encode(high) ?? .init()))
            if let split = CodePointSet.split(range, first.count, last.count) {
                pending += [split.upper, split.lower]
                continue
            }
            var current = from
            for (index, pair) in zip(first, last).enumerated() {
                let next = index == first.count - 1 ? to : state(like: from)
                bytes(pair.0, pair.1, from: current, to: next)
                current = next
            }
        }
    }
}
