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

    @Test(arguments: ChatFormat.Family.allCases, [1, 2, 3, 4, 5, 6])
    func whatIsAllowedIsACall(family: ChatFormat.Family, seed: UInt64) throws {
        let syntax = ChatFormat(family).callSyntax
        let (table, texts, end) = Self.vocabulary(syntax.markers)
        let grammar = try CallGrammar(syntax).grammar(Self.tools, only: nil, inParallel: seed % 2 == 0)
        var matcher = GrammarMatcher(grammar, table)
        var random = SplitMix64(state: seed)
        var text: [UInt8] = []
        while text.count < 4000 {
            let allowed = matcher.allowedTokens().tokens
            try #require(!allowed.isEmpty)
            // An end is taken as soon as it may come, now and then.
            let pick = Int(random.next() % UInt64(allowed.count))
            let token = allowed.contains(end) && random.next() % 2 == 0 ? end : allowed[pick]
            let isAccepted = matcher.accept(token)
            #expect(isAccepted)
            if token == end { break }
            text += texts[Int(token)]
        }
        var reader = AnswerReader(syntax, tools: Self.tools, inReasoning: false)
        let parts = reader.append(String(decoding: text, as: UTF8.self)) + reader.finish()
        var calls: [(name: String, arguments: String)] = []
        for part in parts {
            switch part {
            case .call(_, _, let name): calls.append((name, ""))
            case .arguments(let index, let piece): calls[index].arguments += piece
            case .content(let text): #expect(!text.contains { !$0.isWhitespace }, "\(text)")
            case .reasoning: Issue.record("no reasoning")
            }
        }
        #expect(!calls.isEmpty && (seed % 2 == 0 || calls.count == 1))
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
