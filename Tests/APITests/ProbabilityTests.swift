import Inference
import JSON
import Testing

/// Log probabilities in every dialect.
@Suite struct ProbabilityTests {
    private static func candidate(_ text: String, _ logProbability: Float) -> TokenLogProbability.Candidate {
        TokenLogProbability.Candidate(bytes: Array(text.utf8), logProbability: logProbability)
    }

    private static let first = TokenLogProbability(
        chosen: candidate("é", -0.25), likeliest: [candidate("a", -0.125), candidate("é", -0.25)])
    /// The first byte of a character.
    private static let second = TokenLogProbability(
        chosen: TokenLogProbability.Candidate(bytes: [0xF0], logProbability: -.infinity), likeliest: [])

    private static var generator: ScriptedGenerator {
        .answering(events: [.answer([.content("é")], [first]), .answer([], [second])])
    }

    private static let entries: [JSONValue] = [
        [
            "token": "é", "logprob": -0.25, "bytes": [195, 169],
            "top_logprobs": [
                ["token": "a", "logprob": -0.125, "bytes": [97]],
                ["token": "é", "logprob": -0.25, "bytes": [195, 169]],
            ],
        ],
        ["token": "\u{FFFD}", "logprob": -9999, "bytes": [240], "top_logprobs": []],
    ]

    @Test func chat() async throws {
        let generator = Self.generator
        try await withService(generator) { service in
            let choice = try await service.chat(#","logprobs":true,"top_logprobs":2"#).json["choices"]?[0]
            #expect(choice?["logprobs"] == ["content": .array(Self.entries), "refusal": nil])
            let events = try await service.chat(#","logprobs":true,"stream":true"#).events
            let choices = events.compactMap { $0["choices"]?[0] }
            let parts = choices.filter { $0["logprobs"] != nil }
            #expect(parts.map { $0["delta"]?["content"] } == ["é", ""])
            #expect(parts.map { $0["logprobs"] } == Self.entries.map { ["content": [$0], "refusal": nil] })
            #expect(try await service.chat("").json["choices"]?[0]?["logprobs"] == .null)
        }
        #expect(generator.requests.map(\.likeliestCount) == [2, 0, nil])
    }

    @Test func textCompletion() async throws {
        let generator = Self.generator
        try await withService(generator) { service in
            let body = #"{"prompt":"x","logprobs":2"#
            let choice = try await service.post("/v1/completions", body + "}").json["choices"]?[0]
            #expect(
                choice?["logprobs"] == [
                    "tokens": ["é", "\u{FFFD}"], "token_logprobs": [-0.25, -9999],
                    "top_logprobs": [["a": -0.125, "é": -0.25], ["\u{FFFD}": -9999]], "text_offset": [0, 1],
                ])
            let events = try await service.post("/v1/completions", body + #","stream":true}"#).events
            let lists = events.compactMap { $0["choices"]?[0]?["logprobs"] }.filter { !$0.isNull }
            #expect(lists.map { $0["tokens"] } == [["é"], ["\u{FFFD}"]])
            #expect(lists.map { $0["text_offset"] } == [[0], [1]])
        }
        #expect(generator.requests.map(\.likeliestCount) == [2, 2])
    }

    @Test(arguments: ["/api/chat", "/api/generate"])
    func ollama(_ path: String) async throws {
        let generator = Self.generator
        try await withService(generator) { service in
            let body =
                #"{"model":"deepseek-v2-lite","prompt":"x","messages":[{"role":"user","content":"x"}],"#
                + #""logprobs":true,"top_logprobs":2"#
            let lines = try await service.post(path, body + "}").lines
            #expect(lines.map { $0["logprobs"] } == Self.entries.map { [$0] } + [nil])
            let whole = try await service.post(path, body + #","stream":false}"#).json
            #expect(whole["logprobs"] == .array(Self.entries))
        }
        #expect(generator.requests.first?.likeliestCount == 2)
    }
}
