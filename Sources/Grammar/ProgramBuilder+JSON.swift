/// JSON that no schema constrains. All of it is bounded but the length of strings and lists: white space, digits and
/// nesting cannot lead a model astray for ever.
extension ProgramBuilder {
    /// How many digits a number may have before the point, and after it.
    static let digits = 17
    /// How far a line may be indented.
    static let indentation: Int32 = 40

    /// The rule of this name, made by `make` the first time.
    mutating func common(_ name: CommonRule, _ make: (inout ProgramBuilder) -> Int32) -> Int32 {
        if let rule = known[name] { return rule }
        let rule = make(&self)
        known[name] = rule
        return rule
    }

    /// White space between tokens: none, a space, or a line break and spaces.
    mutating func gap() -> Int32 {
        common(.gap) { builder in
            let rule = builder.rule(maximum: Self.indentation)
            let start = builder.start(of: rule)
            let end = builder.state(in: rule, accepting: true)
            let line = builder.state(in: rule)
            let space = builder.state(in: rule)
            builder.free(from: start, to: end)
            builder.anyOf(" ", from: start, to: end)
            builder.anyOf("\n", from: start, to: line)
            builder.free(from: line, to: end)
            builder.step(from: line, to: space)
            builder.anyOf(" ", from: space, to: line)
            return rule
        }
    }

    /// A colon and perhaps a space.
    mutating func colon(from: Int32, to: Int32) {
        let after = state(like: from)
        anyOf(":", from: from, to: after)
        anyOf(" ", from: after, to: to)
        free(from: after, to: to)
    }

    /// White space and a closing bracket.
    mutating func close(_ bracket: StaticString, from: Int32, to: Int32) {
        let after = state(like: from)
        call(gap(), from: from, to: after)
        anyOf(bracket, from: after, to: to)
    }

    /// A comma and white space.
    mutating func comma(from: Int32, to: Int32) {
        let after = state(like: from)
        anyOf(",", from: from, to: after)
        call(gap(), from: after, to: to)
    }

    /// Any number: digits bounded, the exponent small enough to stay within a double.
    mutating func anyNumber() -> Int32 {
        common(.number) { builder in
            let rule = builder.rule()
            let start = builder.start(of: rule)
            let (digits, whole, fraction, end) = (
                builder.state(in: rule), builder.state(in: rule), builder.state(in: rule),
                builder.state(in: rule, accepting: true)
            )
            builder.free(from: start, to: digits)
            builder.anyOf("-", from: start, to: digits)
            builder.anyOf("0", from: digits, to: whole)
            builder.digits(from: digits, to: whole, first: UInt8(ascii: "1"), atMost: Self.digits)
            let point = builder.state(in: rule)
            builder.anyOf(".", from: whole, to: point)
            builder.digits(from: point, to: fraction, first: UInt8(ascii: "0"), atMost: Self.digits)
            builder.free(from: whole, to: fraction)
            builder.free(from: fraction, to: end)
            let (sign, exponent) = (builder.state(in: rule), builder.state(in: rule))
            builder.anyOf("eE", from: fraction, to: sign)
            builder.anyOf("+-", from: sign, to: exponent)
            builder.free(from: sign, to: exponent)
            builder.digits(from: exponent, to: end, first: UInt8(ascii: "0"), atMost: 2)
            return rule
        }
    }

    /// One to `atMost` digits, the first from `first` on.
    mutating func digits(from: Int32, to: Int32, first: UInt8, atMost: Int) {
        var current = from
        for index in 0..<atMost {
            let next = state(like: from)
            bytes(index == 0 ? first : UInt8(ascii: "0"), UInt8(ascii: "9"), from: current, to: next)
            free(from: next, to: to)
            current = next
        }
    }

    /// Any value, nested at most `levels` deep.
    mutating func anyValue(levels: Int) -> Int32 {
        common(.value(levels: levels)) { builder in
            let rule = builder.rule()
            let start = builder.start(of: rule)
            let end = builder.state(in: rule, accepting: true)
            for word: StaticString in ["null", "true", "false"] { builder.literal(word, from: start, to: end) }
            builder.call(builder.anyString(), from: start, to: end)
            builder.call(builder.anyNumber(), from: start, to: end)
            if levels > 0 {
                builder.call(builder.anyObject(levels: levels), from: start, to: end)
                builder.call(builder.anyArray(levels: levels), from: start, to: end)
            }
            return rule
        }
    }

    /// Any object, itself one of `levels`.
    mutating func anyObject(levels: Int) -> Int32 {
        common(.object(levels: levels)) { builder in
            let value = builder.anyValue(levels: levels - 1)
            let name = builder.anyString()
            let rule = builder.rule()
            let open = builder.state(in: rule)
            let (first, member, named, valued, between) = (
                builder.state(in: rule), builder.state(in: rule), builder.state(in: rule), builder.state(in: rule),
                builder.state(in: rule)
            )
            let end = builder.state(in: rule, accepting: true)
            builder.anyOf("{", from: builder.start(of: rule), to: open)
            builder.call(builder.gap(), from: open, to: first)
            builder.anyOf("}", from: first, to: end)
            builder.free(from: first, to: member)
            builder.call(name, from: member, to: named)
            builder.colon(from: named, to: valued)
            builder.call(value, from: valued, to: between)
            builder.comma(from: between, to: member)
            builder.close("}", from: between, to: end)
            return rule
        }
    }

    /// Any array, itself one of `levels`.
    mutating func anyArray(levels: Int) -> Int32 {
        common(.array(levels: levels)) { builder in
            builder.list(prefix: [], rest: builder.anyValue(levels: levels - 1), atLeast: 0, atMost: .max)
        }
    }

    /// An array of these items and then any number of `rest`, so many in all.
    mutating func list(prefix: [Int32], rest: Int32?, atLeast: Int32, atMost: Int32) -> Int32 {
        let given = Int32(clamping: prefix.count)
        let rule = self.rule(minimum: max(0, atLeast - given), maximum: atMost == .max ? .max : max(0, atMost - given))
        let end = state(in: rule, accepting: true)
        let (open, first) = (state(in: rule), state(in: rule))
        var next = state(in: rule)
        anyOf("[", from: start(of: rule), to: open)
        call(gap(), from: open, to: first)
        if atLeast <= 0 { anyOf("]", from: first, to: end) }
        free(from: first, to: next)
        for (index, item) in prefix.enumerated() where index < atMost {
            let between = state(in: rule)
            call(item, from: next, to: between)
            if index + 1 >= atLeast { close("]", from: between, to: end) }
            next = state(in: rule)
            comma(from: between, to: next)
        }
        guard let rest, atMost > given else { return rule }
        let (item, between, another, last) = (
            state(in: rule), state(in: rule), state(in: rule), state(in: rule)
        )
        step(from: next, to: item)
        call(rest, from: item, to: between)
        // Counted before the comma: behind it there must be an item.
        step(from: between, to: another)
        comma(from: another, to: item)
        leave(from: between, to: last)
        close("]", from: last, to: end)
        return rule
    }
}
