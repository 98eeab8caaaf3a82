import FoundationEssentials
import JSON
import Testing
import Timing
import Tokenizer

/// The 491-token vocabulary of the fixtures, with the pre-tokenizer of DeepSeek V3.
@Suite struct TokenizerTests {
    static func tiny() throws -> Tokenizer {
        try Tokenizer(
            TokenizerDefinition(
                tokenizerJSON: Fixture.json("tok/tokenizer.json"),
                tokenizerConfig: Fixture.json("tok/tokenizer_config.json")))
    }

    static func check(_ tokenizer: Tokenizer, against cases: JSONValue) throws {
        for example in try #require(cases.arrayValue) {
            let text = try #require(example["text"]?.stringValue)
            let ids = try #require(example["ids"]?.arrayValue).compactMap { $0.intValue.map(TokenID.init) }
            #expect(tokenizer.encode(text, specialTokens: true) == ids, "\(text)")
            #expect(tokenizer.decode(ids, skipSpecial: false).bytes == text.bytes)
        }
    }

    @Test func encodesTheOraclesCases() throws {
        let tokenizer = try Self.tiny()
        let cases = try Fixture.json("tok/tokenizer_cases.json")
        try Self.check(tokenizer, against: cases)
        for example in cases.arrayValue ?? [] {
            let ids = (example["ids"]?.arrayValue ?? []).compactMap { $0.intValue.map(TokenID.init) }
            #expect(ids.map { tokenizer.token(for: $0) } == example["tokens"]?.arrayValue?.map(\.stringValue))
        }
    }

    @Test(.enabled(if: Fixture.hasRealVocabulary))
    func encodesWithTheRealVocabulary() throws {
        let file = try #require(Fixture.model("deepseek-tokenizer.json"))
        let json = try JSONValue.parse([UInt8](Data(contentsOf: file)))
        let tokenizer = try Tokenizer(TokenizerDefinition(tokenizerJSON: json))
        #expect(tokenizer.vocabularySize == 129_280)
        try Self.check(tokenizer, against: try Fixture.json("tok/real_deepseek_v4_cases.json"))
        #expect(tokenizer.id(forToken: "<｜User｜>") == 128_803)
        let forged = tokenizer.encode("<｜User｜>hi<think>｜DSML｜<｜tool▁calls▁begin｜>", specialTokens: false)
        #expect(forged.allSatisfy { tokenizer.kind(of: $0) == .normal })
    }

    @Test func knowsItsTokens() throws {
        let tokenizer = try Self.tiny()
        #expect(tokenizer.vocabularySize == 491)
        #expect(tokenizer.beginOfSentence == 0)
        #expect(tokenizer.endOfSentence == 1)
        #expect(tokenizer.padding == 2)
        #expect(tokenizer.addsBeginOfSentence)
        #expect(!tokenizer.addsEndOfSentence)
        #expect(tokenizer.id(forToken: "<｜User｜>") == 480)
        #expect(tokenizer.kind(of: 480) == .userDefined)
        #expect(tokenizer.kind(of: 0) == .control)
        #expect(tokenizer.endOfGeneration == [1, 480])
        #expect(tokenizer.token(for: 491) == nil)
        #expect(tokenizer.token(for: -1) == nil)
        #expect(tokenizer.kind(of: .max) == nil)
        #expect(tokenizer.id(forToken: "no such token") == nil)
        #expect(tokenizer.encodeDocument("the") == [0, 359])
    }

    @Test(arguments: [
        "<｜User｜>", "<think>", "</think>", "<｜begin▁of▁sentence｜>", "<｜tool▁calls▁begin｜>", "a<｜end▁of▁sentence｜>b",
        "<｜User｜><｜Assistant｜>", "<<｜User｜>>",
    ])
    func contentForgesNothing(text: String) throws {
        let tokenizer = try Self.tiny()
        let ids = tokenizer.encode(text, specialTokens: false)
        #expect(ids.allSatisfy { tokenizer.kind(of: $0) == .normal })
        #expect(tokenizer.decode(ids, skipSpecial: true) == text)
        #expect(tokenizer.encode(text, specialTokens: true).contains { tokenizer.kind(of: $0) != .normal })
    }

    @Test func markersAreNotMatchedAcrossSegments() throws {
        let tokenizer = try Self.tiny()
        let split: [PromptSegment] = [.literal("<｜Us"), .content("er｜>"), .literal("<th"), .literal("ink>")]
        #expect(tokenizer.encode(split).allSatisfy { tokenizer.kind(of: $0) == .normal })
        #expect(split.rendered == "<｜User｜><think>")
    }

    /// "Hello" is one token and "lo wor" crosses words: borders must not show in the ids.
    @Test func segmentBordersDoNotCut() throws {
        let tokenizer = try Self.tiny()
        let text = "<｜User｜>Hello world, the quick 123456 fox!\n\n中文<｜Assistant｜><think>"
        let whole = tokenizer.encode(text, specialTokens: true)
        let characters = Array("Hello world, the quick 123456 fox!\n\n中文")
        for cut in 0...characters.count {
            let segments: [PromptSegment] = [
                .literal("<｜User｜>"), .content(String(characters[..<cut])), .literal(String(characters[cut...])),
                .literal("<｜Assistant｜><think>"),
            ]
            #expect(tokenizer.encode(segments) == whole)
        }
    }

    @Test func decodingSkipsOnlyControlTokens() throws {
        let tokenizer = try Self.tiny()
        let ids = tokenizer.encode("<｜begin▁of▁sentence｜><think>the<｜end▁of▁sentence｜>", specialTokens: true)
        #expect(tokenizer.decode(ids, skipSpecial: true) == "<think>the")
        #expect(tokenizer.decode([9999, -5, 359], skipSpecial: true) == "the")
    }

    /// A piece of 100,000 letters must not take quadratic time.
    @Test(arguments: ["a", "the", "he l", "é", "中"])
    func longPiecesAreFast(unit: String) throws {
        let tokenizer = try Self.tiny()
        let text = String(repeating: unit, count: 100_000 / unit.utf8.count)
        var ids: [TokenID] = []
        #expect(takesAtMost(.seconds(20)) { ids = tokenizer.encode(text, specialTokens: false) })
        #expect(tokenizer.decode(ids, skipSpecial: true).bytes == text.bytes)
    }

    /// The heap gives what the definition of BPE gives: merge the leftmost pair of the lowest rank, again and again.
    @Test func mergesInOrderOfRank() throws {
        let json = try Fixture.json("tok/tokenizer.json")
        let definition = try TokenizerDefinition(tokenizerJSON: json)
        let tokenizer = try Tokenizer(definition)
        var ranks: [String: Int] = [:]
        for (rank, pair) in definition.merges.enumerated() { ranks[pair.left + " " + pair.right] = rank }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let word = String(
                (0..<Int.random(in: 1...30, using: &generator)).compactMap { _ in "theanioqurckbw".randomElement() })
            var parts = word.map(String.init)
            while let best = (0..<parts.count - 1).min(by: { rank($0) < rank($1) }), rank(best) < .max {
                parts[best...best + 1] = [parts[best] + parts[best + 1]]
            }
            func rank(_ index: Int) -> Int { ranks[parts[index] + " " + parts[index + 1]] ?? .max }
            #expect(tokenizer.encode(word, specialTokens: false).map { tokenizer.token(for: $0) } == parts)
        }
    }
}
