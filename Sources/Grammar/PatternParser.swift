/// Reads the regular expressions of ECMA-262 (with the `u` flag) as far as they are regular.
struct PatternParser {
    /// How deep groups may be nested: they are parsed by recursion.
    private static let nesting = 40

    private let text: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    /// The expression that a pattern is.
    static func parse(_ pattern: String) throws(PatternError) -> PatternNode {
        var parser = PatternParser(text: Array(pattern.unicodeScalars))
        let node = try parser.choice()
        guard parser.position == parser.text.count else { throw parser.error("')' without '('") }
        return node
    }

    private init(text: [Unicode.Scalar]) {
        self.text = text
    }

    private mutating func choice() throws(PatternError) -> PatternNode {
        guard depth <= Self.nesting else { throw error("groups nested deeper than \(Self.nesting); flatten it") }
        depth += 1
        defer { depth -= 1 }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let next, next != "|", next != ")" { nodes.append(try term()) }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func term() throws(PatternError) -> PatternNode {
        if take("^") { return .start }
        if take("$") { return .end }
        let node = try atom()
        guard let bounds = try quantifier() else { return node }
        // A lazy quantifier matches the same texts.
        _ = take("?")
        if let next, "*+?".unicodeScalars.contains(next) { throw error("nothing to repeat") }
        return .repeated(node, atLeast: bounds.least, atMost: bounds.most)
    }

    private mutating func quantifier() throws(PatternError) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return nil }
        guard let least = try number() else { throw error("'{' that is no quantifier; write '\\{'") }
        var most: Int? = least
        if take(",") { most = try number() }
        guard take("}") else { throw error("quantifier without '}'") }
        guard most ?? least >= least else { throw error("quantifier whose bounds are out of order") }
        return (least, most)
    }

    private mutating func number() throws(PatternError) -> Int? {
        var value: Int?
        while let digit = next?.properties.numericType == .decimal ? next : nil, digit.isASCII {
            position += 1
            value = (value ?? 0) * 10 + Int(digit.value - 0x30)
            guard value ?? 0 < 1_000_000 else { throw error("repetition of a million times or more; lower the bound") }
        }
        return value
    }

    private mutating func atom() throws(PatternError) -> PatternNode {
        guard let scalar = next else { return .sequence([]) }
        position += 1
        switch scalar {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case ".": return .set(CodePointSet.lineEnds.inverted)
        case "\\": return .set(try escape(inClass: false))
        case "*", "+", "?": throw error("nothing to repeat")
        case "{", "}", "]": throw error("'\(scalar)' must be escaped")
        default: return .set(CodePointSet(scalar))
        }
    }

    private mutating func group() throws(PatternError) -> PatternNode {
        if take("?") {
            switch next {
            case ":": position += 1
            case "=", "!": throw error("lookahead; rewrite the pattern without it")
            case "<":
                position += 1
                if next == "=" || next == "!" { throw error("lookbehind; rewrite the pattern without it") }
                while let scalar = next, scalar != ">" {
                    guard scalar == "_" || scalar == "$" || scalar.properties.isIDContinue else { break }
                    position += 1
                }
                guard take(">") else { throw error("group name without '>'") }
            default: throw error("group modifier; rewrite the pattern without it")
            }
        }
        let node = try choice()
        guard take(")") else { throw error("'(' without ')'") }
        return node
    }

    private mutating func characterClass() throws(PatternError) -> CodePointSet {
        let isInverted = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while !take("]") {
            guard next != nil else { throw error("'[' without ']'") }
            let low = try classAtom()
            guard next == "-", position + 1 < text.count, text[position + 1] != "]" else {
                ranges += low.ranges
                continue
            }
            position += 1
            let high = try classAtom()
            guard let first = low.single, let last = high.single else {
                throw error("range of a class with a class at an end; write '\\-' for the hyphen")
            }
            guard first <= last else { throw error("range of a class that is out of order") }
            ranges.append(first...last)
        }
        let set = CodePointSet(ranges)
        return isInverted ? set.inverted : set
    }

    private mutating func classAtom() throws(PatternError) -> CodePointSet {
        guard let scalar = next else { throw error("'[' without ']'") }
        position += 1
        return scalar == "\\" ? try escape(inClass: true) : CodePointSet(scalar)
    }

    private mutating func escape(inClass: Bool) throws(PatternError) -> CodePointSet {
        guard let scalar = next else { throw error("'\\' at the end") }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return CodePointSet.digits.inverted
        case "w": return .wordCharacters
        case "W": return CodePointSet.wordCharacters.inverted
        case "s": return .spaces
        case "S": return CodePointSet.spaces.inverted
        case "t": return CodePointSet("\t")
        case "n": return CodePointSet("\n")
        case "r": return CodePointSet("\r")
        case "f": return CodePointSet("\u{0C}")
        case "v": return CodePointSet("\u{0B}")
        case "0" where next.map { !CodePointSet.digits.contains($0.value) } ?? true: return CodePointSet("\u{0}")
        case "x": return try codePoint(digits: 2)
        case "u": return take("{") ? try bracedCodePoint() : try codePoint(digits: 4)
        case "c":
            guard let letter = next, letter.isASCII, letter.properties.isAlphabetic else {
                throw error("'\\c' without a letter")
            }
            position += 1
            return CodePointSet([(letter.value & 31)...(letter.value & 31)])
        case "b" where inClass: return CodePointSet("\u{08}")
        case "b", "B": throw error("word boundary '\\\(scalar)'; rewrite the pattern without it")
        case "p", "P": throw error("property class '\\\(scalar)'; list the characters instead")
        case "k", "1"..."9": throw error("back reference '\\\(scalar)'; rewrite the pattern without it")
        case "-" where inClass: return CodePointSet(scalar)
        default:
            guard scalar.isASCII, "^$\\.*+?()[]{}|/-\"'@#%&,:;<>=!~` _".unicodeScalars.contains(scalar) else {
                throw error("unknown escape '\\\(scalar)'; remove the backslash")
            }
            return CodePointSet(scalar)
        }
    }

    private mutating func hexNumber(digits count: Int) -> UInt32? {
        guard position + count <= text.count else { return nil }
        let digits = String(String.UnicodeScalarView(text[position..<position + count]))
        guard let value = UInt32(digits, radix: 16), digits.utf8.first != UInt8(ascii: "+") else { return nil }
        position += count
        return value
    }

    private mutating func codePoint(digits: Int) throws(PatternError) -> CodePointSet {
        guard var value = hexNumber(digits: digits) else { throw error("escape without \(digits) hexadecimal digits") }
        if value & 0xFC00 == 0xD800 {
            guard take("\\"), take("u"), let low = hexNumber(digits: 4), low & 0xFC00 == 0xDC00 else {
                throw error("half of a surrogate pair, which no JSON text has")
            }
            value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
        }
        return CodePointSet([value...value])
    }

    private mutating func bracedCodePoint() throws(PatternError) -> CodePointSet {
        let end = text[position...].firstIndex(of: "}") ?? position
        guard end > position, end - position <= 8, let value = hexNumber(digits: end - position), take("}"),
            value <= 0x10FFFF
        else { throw error("'\\u{' without a code point and '}'") }
        return CodePointSet([value...value])
    }

    private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private func error(_ what: String) -> PatternError {
        PatternError(message: "pattern has \(what) (at character \(position))")
    }
}
