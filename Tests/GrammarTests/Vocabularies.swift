import Grammar

/// Vocabularies made for tests.
enum Vocabularies {
    /// All bytes, then `</s>`, which ends an answer.
    static let bytes = TokenTable(
        tokens: (0...255).map { [UInt8($0)] } + [nil], markers: ["</s>": 256], endOfGeneration: [256])

    /// All bytes, pieces of JSON and random joins of earlier tokens, as byte-pair encoding makes them; special
    /// tokens last, the first of which ends an answer.
    static func synthetic(
        count: Int, seed: UInt64, markers names: [String] = ["</s>"]
    ) -> (table: TokenTable, tokens: [[UInt8]?]) {
        var random = Seeded(seed)
        var tokens: [[UInt8]] = (0...255).map { [UInt8($0)] }
        let pieces = [
            "{\"", "\":", "\": \"", "\",\"", "\", \"", "\"}", "\"]", "},{", "}, {", "[[", "]]", "[{", "}]", "true",
            "false",
            "null", ": ", ", ", "\n  ", "\n    ", "00", "10", "123", "-1", "0.", ".5", "e1", "\\n", "\\u00", "\\\"",
            " the",
            "name", "value", "id", "é", "日本", "\u{1F600}", "          ",
        ]
        tokens += pieces.map { Array($0.utf8) }
        let letters: [UInt8] = Array(" etaoinshrdlucmfwypvbgkjqxzETAOIN0123456789".utf8)
        var known = Set(tokens)
        while tokens.count < count {
            let first = Bool.random(using: &random) ? tokens[Int.random(in: 256..<tokens.count, using: &random)] : []
            var token = first
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                token.append(letters[Int.random(in: 0..<letters.count, using: &random)])
            }
            if Int.random(in: 0..<12, using: &random) == 0 {
                token += tokens[Int.random(in: 0..<tokens.count, using: &random)]
            }
            if token.count <= 24, known.insert(token).inserted { tokens.append(token) }
        }
        let all: [[UInt8]?] = tokens + names.map { _ in nil }
        var markers: [String: Int32] = [:]
        for (index, name) in names.enumerated() { markers[name] = Int32(tokens.count + index) }
        let end = Int32(tokens.count)
        return (TokenTable(tokens: all, markers: markers, endOfGeneration: [end]), all)
    }
}

/// The same random numbers in every run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed &+ 0x9E37_79B9_7F4A_7C15
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension Grammar {
    /// Whether a text is an answer.
    func accepts(_ text: String) -> Bool { accepts(Array(text.utf8)) }

    /// Whether bytes are an answer.
    func accepts(_ bytes: [UInt8]) -> Bool {
        var matcher = GrammarMatcher(self, Vocabularies.bytes)
        return matcher.accept(bytes: bytes) && matcher.isComplete
    }
}
