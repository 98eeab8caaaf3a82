import Checkpoint
import Glibc
import Inference
import JSON
import Memory
import Testing
import Timing
import Tokenizer

/// The default model: a real Llama-type model and its exact rewrite in DeepSeek's layout.
@Suite(.serialized) struct DefaultModelTests {
    static let folder =
        getenv("MINKE_TEST_MODELS").map { String(cString: $0) } ?? Fixture.path("../../.build/models")
    static let plainPath = folder + "/smollm2-135m-instruct-q4_1.gguf"
    static let isAvailable = access(plainPath, R_OK) == 0

    static func load(_ path: String) throws -> Model {
        try Model.load(try ModelSource.open(path), budget: MemoryBudget(limit: 2 << 30), threadCount: 2)
    }

    @Test(.enabled(if: isAvailable)) func rewriteHasTheSameLogits() throws {
        let rewrittenPath = "/tmp/minke-rewrite-\(getpid()).gguf"
        defer { unlink(rewrittenPath) }
        let source = try ModelSource.open(Self.plainPath)
        try LatentRewrite(source).write(to: rewrittenPath)
        let plain = try Self.load(Self.plainPath)
        let rewritten = try Self.load(rewrittenPath)
        let prompt: [TokenID] = [1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28]
        let logits = try [plain, rewritten].map { model in
            try model.forward(prompt, cache: model.makeCache(contextLength: 64), logits: .all)
                .view.values
        }
        let difference = zip(logits[0], logits[1]).map { abs($0 - $1) }.max() ?? .infinity
        let range = logits[0].map { abs($0) }.max() ?? 0
        print("rewrite: largest difference \(difference) of logits up to \(range)")
        #expect(difference < 0.01)
        #expect(range > 5)
    }

    /// Greedy answers to 20 prompts, plain and rewritten, against an independent F32 computation.
    ///
    /// A token may differ only where the two best logits were closer than rounding; such steps end a comparison.
    @Test(.enabled(if: isAvailable), .timeLimit(.minutes(20)))
    func plainAndRewrittenModelSpeakTheReferenceText() throws {
        let rewrittenPath = "/tmp/minke-greedy-\(getpid()).gguf"
        defer { unlink(rewrittenPath) }
        try LatentRewrite(try ModelSource.open(Self.plainPath)).write(to: rewrittenPath)
        let models = [try Self.load(Self.plainPath), try Self.load(rewrittenPath)]
        let text = try ModelText.open(rewrittenPath)
        let answers = try #require(try Fixture.json("text/f32_greedy.json")["answers"]?.arrayValue)
        #expect(answers.count == 20)
        // Three of them take an emulator some minutes.
        for answer in slowness > 1 ? Array(answers.prefix(3)) : answers {
            let prompt = try OracleTests.tokens(answer["prompt_ids"])
            let question = try #require(answer["prompt"]?.stringValue)
            let conversation = Conversation(messages: [ChatMessage(role: .user, content: question)])
            #expect(text.tokenizer.encode(try text.chatFormat.render(conversation)) == prompt)
            let reference = try OracleTests.tokens(answer["ids"])
            let gaps = try #require(answer["gaps"]?.arrayValue).compactMap(\.doubleValue)
            let count = min(16, reference.count)
            let spoken = try models.map { try OracleTests.greedy($0, prompt, count: count) }
            #expect(spoken[0] == spoken[1], "\(question)")
            let differs = zip(spoken[0], reference).enumerated().first { $1.0 != $1.1 }?.offset
            if let differs { #expect(gaps[differs] < 0.001, "\(question): token \(differs)") }
        }
    }

    /// Ids of the reference tokenizer for the vocabulary inside the file.
    @Test(.enabled(if: isAvailable)) func tokenizerOfTheFileGivesTheReferenceIds() throws {
        let tokenizer = try ModelText.open(Self.plainPath).tokenizer
        let cases = try #require(try Fixture.json("tok/smollm2_cases.json").arrayValue)
        #expect(cases.count > 50)
        for example in cases {
            let text = try #require(example["text"]?.stringValue)
            let ids = try OracleTests.tokens(example["ids"])
            #expect(tokenizer.encode(text, specialTokens: example["special"] == true) == ids)
            #expect(tokenizer.decode(ids, skipSpecial: false).utf8.elementsEqual(text.utf8))
        }
    }

    /// An answer through the engine, from the model's own chat format to text.
    @Test(.enabled(if: isAvailable)) func answersAQuestion() async throws {
        let engine = Engine(
            EngineOptions(
                library: ModelLibrary(folders: [Self.folder], defaultModel: Self.plainPath),
                budget: MemoryBudget(limit: 2 << 30), threadCount: 2))
        var sampling = SamplingOverrides()
        sampling.temperature = 0
        let question = ChatMessage(role: .user, content: "What is the opposite of 'ancient'?")
        let result = try await EngineTests.collect(
            try engine.submit(
                GenerationRequest(
                    prompt: .chat(Conversation(messages: [question])), sampling: sampling, maximumTokens: 20)))
        #expect(result.text == "The opposite of 'ancient' is 'modern'.")
        #expect(result.summary?.finishReason == .stop)
        #expect(engine.loadedModel()?.contextLength == 8192)
        #expect(engine.installedModels().first?.name == "smollm2-135m-instruct-q4_1")
    }
}
