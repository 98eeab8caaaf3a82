import JSON
import Testing
import Timing
import Tokenizer

@Suite struct PreTokenizerTests {
    /// Random strings cut by the published patterns (Tools/make_pretokenizer_cases.py).
    @Test(arguments: PreTokenizer.allCases)
    func cutsAsThePublishedPatterns(preTokenizer: PreTokenizer) throws {
        let cases = try #require(try Fixture.json("tok/pretokenizer_cases.json")["cases"]?.arrayValue)
        #expect(cases.count >= 360)
        for example in cases {
            let text = try #require(example["text"]?.stringValue)
            let expected = example["pieces"]?[preTokenizer.rawValue]?.arrayValue?.compactMap(\.stringValue)
            #expect(preTokenizer.pieces(of: text).map(\.bytes) == expected?.map(\.bytes))
        }
    }

    @Test(arguments: PreTokenizer.allCases)
    func losesNothing(preTokenizer: PreTokenizer) {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var text = ""
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                let limit: UInt32 = Bool.random(using: &generator) ? 0x250 : 0x11_0000
                let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator))
                text.unicodeScalars.append(scalar ?? " ")
            }
            let pieces = preTokenizer.pieces(of: text)
            #expect(pieces.joined().bytes == text.bytes)
            #expect(!pieces.contains(""))
        }
    }

    @Test(arguments: [
        ("deepseek-v3", PreTokenizer.deepSeekV3), ("deepseek-llm", .deepSeekLLM), ("deepseek-coder", .deepSeekCoder),
        ("qwen2", .qwen2), ("deepseek-r1-qwen", .qwen2), ("llama-bpe", .llama3), ("llama3", .llama3),
        ("glm4", .llama3), ("chatglm-bpe", .llama3), ("kimi-k2", .kimiK2), ("smollm", .smolLM), ("default", nil),
        ("", nil), ("gpt-4o", nil),
    ])
    func knowsGGUFNames(name: String, expected: PreTokenizer?) {
        #expect(PreTokenizer(ggufName: name) == expected)
    }

    /// Runs of one class must not make any rule look at the same text again and again.
    @Test(
        arguments: PreTokenizer.allCases,
        [
            " ", "\n", "a", "A", "1", "!", "中", "\u{301}", " \n", "a ", "' ", "ªA", "\u{301}A",
        ])
    func isLinear(preTokenizer: PreTokenizer, unit: String) {
        let text = String(repeating: unit, count: 20_000) + "\u{1F680} "
        let isQuick = takesAtMost(.seconds(10)) {
            #expect(preTokenizer.pieces(of: text).joined().bytes == text.bytes)
        }
        #expect(isQuick)
    }
}
