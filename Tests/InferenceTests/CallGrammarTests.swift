import Grammar
import JSON
import Testing
import Tokenizer

@testable import Inference

/// Whatever a grammar lets through reads as what it is about.
@Suite struct CallGrammarTests {
    static let tools: [JSONValue] = [
        [
            "type": "function",
            "function": [
                "name": "light",
                "parameters": [
                    "type": "object",
                    "properties": [
                        "room": ["type": "string", "enum": ["hall", "kitchen"]], "on": ["type": "boolean"],
                        "level": ["type": "integer", "minimum": 0, "maximum": 9],
                    ],
                    "required": ["room", "on"], "additionalProperties": false,
                ],
            ],
        ],
        [
            "type": "function",
            "function": [
                "name": "wait",
                "parameters": [
                    "type": "object", "properties": ["seconds": ["type": "integer", "minimum": 1, "maximum": 60]],
                    "required": ["seconds"], "additionalProperties": false,
                ],
            ],
        ],
    ]

    /// Single bytes, the markers of a format, and an end.
    static func vocabulary(_ markers: [String]) -> (table: TokenTable, texts: [[UInt8]], end: Int32) {
        let texts = (0..<256).map { [UInt8($0)] } + markers.map { Array($0.utf8) } + [[]]
        let ids = Dictionary(uniqueKeysWithValues: markers.enumerated().map { ($1, Int32(256 + $0)) })
        let end = Int32(texts.count - 1)
        let tokens = texts.enumerated().map { $0 < 256 ? $1 : nil }
        return (TokenTable(tokens: tokens, markers: ids, endOfGeneration: [end]), texts, end)
    }

    /// What else may be said, at random; an end is taken as soon as it may come, now and then.
    private static func complete(
        _ matcher: inout GrammarMatcher, _ texts: [[UInt8]], _ end: Int32, _ random: inout SplitMix64
    ) throws -> [UInt8] {
        var text: [UInt8] = []
        while text.count < 4000 {
            let allowed = matcher.allowedTokens().tokens
            try #require(!allowed.isEmpty)
            let pick = Int(random.next() % UInt64(allowed.count))
            let token = allowed.contains(end) && random.next() % 2 == 0 ? end : allowed[pick]
            let isAccepted = matcher.accept(token)
            #expect(isAccepted)
            if token == end { break }
            text += texts[Int(token)]
        }
        return text
    }

    /// Text and calls of an answer; the calls must be as the tools say.
    private static func read(_ text: [UInt8], _ syntax: CallSyntax) throws -> (content: String, callCount: Int) {
        var reader = AnswerReader(syntax, tools: tools, inReasoning: false)
        let parts = reader.append(String(decoding: text, as: UTF8.self)) + reader.finish()
        var content = ""
        var calls: [(name: String, arguments: String)] = []
        for part in parts {
            switch part {
            case .call(_, _, let name): calls.append((name, ""))
            case .arguments(let index, let piece): calls[index].arguments += piece
            case .content(let text): content += text
            case .reasoning: Issue.record("no reasoning")
            }
        }
        for call in calls {
            let arguments = try JSONValue.parse(call.arguments)
            if call.name == "light" {
                let room = try #require(arguments["room"]?.stringValue)
                #expect(["hall", "kitchen"].contains(room) && arguments["on"]?.boolValue != nil)
                #expect(arguments["level"].map { (0...9).contains($0.intValue ?? -1) } ?? true)
            } else {
                #expect(call.name == "wait" && (1...60).contains(arguments["seconds"]?.intValue ?? 0))
            }
        }
        return (content, calls.count)
    }

    @Test(arguments: ChatFormat.Family.allCases, [1, 2, 3, 4, 5, 6])
    func whatIsAllowedIsACall(family: ChatFormat.Family, seed: UInt64) throws {
        let syntax = ChatFormat(family).callSyntax
        let (table, texts, end) = Self.vocabulary(syntax.markers)
        let grammar = try CallGrammar(syntax).grammar(Self.tools, only: nil, inParallel: seed % 2 == 0)
        var matcher = GrammarMatcher(grammar, table)
        var random = SplitMix64(state: seed)
        let answer = try Self.read(try Self.complete(&matcher, texts, end, &random), syntax)
        #expect(!answer.content.contains { !$0.isWhitespace }, "\(answer.content)")
        #expect(answer.callCount >= 1 && (seed % 2 == 0 || answer.callCount == 1))
    }

    /// An answer may be text, but one that begins a call goes on as one, whether the vocabulary has the format's markers
    /// or only letters.
    @Test(arguments: ChatFormat.Family.allCases, [true, false])
    func whatBeginsLikeACallIsOne(family: ChatFormat.Family, hasMarkers: Bool) throws {
        let syntax = ChatFormat(family).callSyntax
        let (table, texts, end) = Self.vocabulary(hasMarkers ? syntax.markers : [])
        let grammar = try CallGrammar(syntax).textOrCalls(Self.tools, inParallel: true)
        /// The answer's beginning, markers as tokens where there are such; `nil` if it is not allowed.
        func begun(_ text: String) -> GrammarMatcher? {
            var matcher = GrammarMatcher(grammar, table)
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let marker = texts.indices.dropFirst(256).first { !texts[$0].isEmpty && rest.starts(with: texts[$0]) }
                guard matcher.accept(Int32(marker ?? Int(rest[rest.startIndex]))) else { return nil }
                rest = rest.dropFirst(marker.map { texts[$0].count } ?? 1)
            }
            return matcher
        }
        let spoken = "I shall: a < b, {\"x\": 1}. "
        #expect(begun("")?.isComplete == true && begun(spoken)?.isComplete == true)
        let said = syntax.callEnd == nil ? "" : spoken
        let begin = said + (syntax.sectionBegin ?? "") + syntax.callBegin
        #expect(begun(begin) != nil && begun(begin)?.isComplete == false && begun(begin + "?") == nil)
        for seed in 1...6 {
            var matcher = try #require(begun(begin)), random = SplitMix64(state: UInt64(seed))
            let rest = try Self.complete(&matcher, texts, end, &random)
            let answer = try Self.read(Array(begin.utf8) + rest, syntax)
            #expect(answer.content == said && answer.callCount >= 1)
        }
    }

    @Test func theEngineKeepsToASchema() async throws {
        let engine = EngineTests.engine()
        let schema: JSONValue = [
            "type": "object",
            "properties": [
                "n": ["type": "integer", "minimum": 3, "maximum": 42], "s": ["type": "string", "maxLength": 8],
            ],
            "required": ["n", "s"], "additionalProperties": false,
        ]
        let grammar = try Grammar(schema: schema)
        for seed in 0..<12 {
            var request = EngineTests.request(temperature: 2, maximum: 300, seed: UInt64(seed))
            request.grammar = grammar
            let (text, summary, _) = try await EngineTests.collect(try engine.submit(request))
            #expect(summary?.finishReason == .stop)
            let value = try JSONValue.parse(text)
            #expect(
                (3...42).contains(value["n"]?.intValue ?? 0)
                    && (value["s"]?.stringValue?.unicodeScalars.count ?? 9) <= 8)
        }
    }

    @Test(arguments: [0, 1, 2, 5])
    func aListEndsWhereItMustNotGoOn(most: Int) throws {
        let (table, texts, end) = Self.vocabulary([])
        let schema: JSONValue = ["type": "array", "items": ["type": "null"], "maxItems": JSONValue(most)]
        var matcher = GrammarMatcher(try Grammar(schema: schema), table)
        let items = [String](repeating: "null", count: most).joined(separator: ",")
        let isRead = matcher.accept(bytes: "[\(items)".utf8)
        #expect(isRead)
        let allowed = matcher.allowedTokens().tokens
        #expect(!allowed.contains { texts[Int($0)] == [UInt8(ascii: ",")] } && !allowed.contains(end))
        let isClosed = matcher.accept(bytes: "]".utf8)
        #expect(isClosed && matcher.isComplete)
    }

    @Test func biasAndBadBiasAreHeeded() async throws {
        let engine = EngineTests.engine()
        var request = EngineTests.request(maximum: 3)
        request.logitBias = [300: 1000]
        request.likeliestCount = 0
        var bytes: [[UInt8]] = []
        for try await event in try engine.submit(request) {
            if case .answer(_, let probabilities) = event { bytes += probabilities.map(\.chosen.bytes) }
        }
        #expect(bytes.count == 3 && Set(bytes).count == 1)
        request.logitBias = [1 << 20: 1]
        let bad = request
        await #expect(throws: GenerationError.self) { _ = try await EngineTests.collect(try engine.submit(bad)) }
    }
}
