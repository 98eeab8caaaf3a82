import Grammar
import JSON
import Testing

/// Answers chosen at random among what masks allow are valid; masks are what feeding every token says.
@Suite struct WalkTests {
    static let schemas = [
        "true", #"{"type": "object"}"#,
        #"{"type": "array", "items": {"type": "integer", "minimum": -7, "maximum": 120}}"#,
        #"{"type": "object", "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "minimum": 0}, "tags": {"type": "array", "items": {"enum": ["a", "ab", "b\"c", 1, null]}, "minItems": 1, "maxItems": 3}}, "required": ["name", "tags"], "additionalProperties": false}"#,
        #"{"type": "object", "properties": {"id": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"}, "x": {"type": "number", "minimum": -1.5, "exclusiveMaximum": 2.25}}, "required": ["x"], "additionalProperties": {"type": "boolean"}}"#,
        ##"{"$defs": {"node": {"type": "object", "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2}}, "required": ["v"], "additionalProperties": false}}, "$ref": "#/$defs/node"}"##,
        #"{"anyOf": [{"type": "object", "properties": {"kind": {"const": "circle"}, "r": {"type": "number", "exclusiveMinimum": 0}}, "required": ["kind", "r"], "additionalProperties": false}, {"type": "object", "properties": {"kind": {"const": "point"}}, "required": ["kind"], "additionalProperties": false}, {"type": "null"}]}"#,
        #"{"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"minimum": 10}, "b": {"type": "string", "minLength": 2}}, "required": ["a"]}], "maxProperties": 3}"#,
        #"{"type": "array", "prefixItems": [{"type": "string"}, {"type": "number", "multipleOf": 0.01}], "items": {"type": ["boolean", "null"]}, "minItems": 2}"#,
        #"{"type": "object", "properties": {"when": {"type": "string", "pattern": "^(mon|tues|wednes)day( [0-9]{1,2}h)?$"}, "é/ü": {"type": "null"}}, "minProperties": 1}"#,
        #"{"type": "string", "minLength": 3, "maxLength": 40}"#,
        #"{"oneOf": [{"type": "string", "pattern": "^x"}, {"type": "string", "pattern": "^[yz]"}, {"type": "integer"}]}"#,
        #"{"type": "array", "items": {"type": "array", "items": {"type": "string", "pattern": "^[é-ü]+\"?$"}, "minItems": 1}, "maxItems": 4}"#,
    ]
    private static let vocabulary = Vocabularies.synthetic(count: 1500, seed: 7)

    @Test(arguments: schemas)
    func everyAnswerIsValid(_ text: String) throws {
        let schema = try JSONValue.parse(text)
        let grammar = try Grammar(schema: schema)
        let check = InstanceCheck(root: schema)
        for seed in 0..<12 {
            let answer = walk(grammar, seed: UInt64(seed))
            let value = try JSONValue.parse(answer, limits: JSONLimits(nesting: 512, repeatedNames: .kept))
            #expect(check.isValid(value), "\(String(decoding: answer, as: UTF8.self))")
        }
    }

    /// Chooses at random, after a while the token that ends soonest by looking a little ahead.
    private func walk(_ grammar: Grammar, seed: UInt64) -> [UInt8] {
        var random = Seeded(seed)
        var matcher = GrammarMatcher(grammar, Self.vocabulary.table)
        var answer: [UInt8] = []
        let closers = Array("\"}],:0123456789ntf".utf8)
        for step in 0..<4000 {
            let mask = matcher.allowedTokens()
            let tokens = mask.tokens
            #expect(!tokens.isEmpty)
            #expect(matcher.isComplete == mask.contains(1500))
            if matcher.isComplete, step > 30 || Int.random(in: 0..<4, using: &random) == 0 { return answer }
            var choice = tokens[Int.random(in: 0..<tokens.count, using: &random)]
            if step > 60, let closer = closers.first(where: { mask.contains(Int32($0)) }) { choice = Int32(closer) }
            guard choice < 1500, let bytes = Self.vocabulary.tokens[Int(choice)] else { return answer }
            let accepted = matcher.accept(choice)
            #expect(accepted)
            answer += bytes
        }
        Issue.record("the answer does not end: \(String(decoding: answer.prefix(200), as: UTF8.self))")
        return answer
    }

    @Test(arguments: schemas)
    func masksAreWhatFeedingSays(_ text: String) throws {
        let grammar = try Grammar(schema: try JSONValue.parse(text))
        let tokens = Self.vocabulary.tokens
        var random = Seeded(99)
        var matcher = GrammarMatcher(grammar, Self.vocabulary.table)
        for _ in 0..<14 {
            let mask = matcher.allowedTokens()
            for (token, bytes) in tokens.enumerated() {
                var copy = matcher
                let isAllowed = bytes.map { copy.accept(bytes: $0) } ?? copy.isComplete
                #expect(
                    mask.contains(Int32(token)) == isAllowed,
                    "\(bytes.map { String(decoding: $0, as: UTF8.self) } ?? "end")")
            }
            // Longer tokens reach further.
            let longest = mask.tokens.filter { $0 < 1500 }.sorted {
                tokens[Int($0)]?.count ?? 0 > tokens[Int($1)]?.count ?? 0
            }
            guard !longest.isEmpty else { return }
            let choice = longest[Int.random(in: 0..<min(8, longest.count), using: &random)]
            let accepted = matcher.accept(choice)
            #expect(accepted)
        }
    }

    @Test func nestingIsNotBoundByTheStack() throws {
        let grammar = try Grammar(
            schema: try JSONValue.parse(##"{"type": "array", "items": {"$ref": "#"}, "maxItems": 3}"##))
        var matcher = GrammarMatcher(grammar, Vocabularies.bytes)
        for byte in [UInt8(ascii: "["), UInt8(ascii: "]")] {
            for _ in 0..<100_000 {
                let accepted = matcher.accept(bytes: [byte])
                #expect(accepted)
            }
        }
        #expect(matcher.isComplete)
    }

    @Test func copiesGoTheirOwnWays() {
        var one = GrammarMatcher(.jsonObject, Vocabularies.bytes)
        _ = one.accept(bytes: Array(#"{"a": "#.utf8))
        var other = one
        let (first, second) = (one.accept(bytes: Array("[1]}".utf8)), other.accept(bytes: Array("\"x\"".utf8)))
        #expect(first && second)
        #expect(one.isComplete && !other.isComplete)
        #expect(other.allowedTokens().contains(Int32(UInt8(ascii: ","))))
    }
}
