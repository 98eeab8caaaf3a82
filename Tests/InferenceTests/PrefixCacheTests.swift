import Checkpoint
import Memory
import Testing
import Tokenizer

@testable import Inference

/// Contexts that are used again: the same answers, less work, never more memory than there is.
@Suite struct PrefixCacheTests {
    static func collect(
        _ engine: Engine, _ prompt: [TokenID], maximum: Int = 12
    ) async throws -> (text: String, probabilities: [TokenLogProbability], summary: GenerationSummary) {
        var request = EngineTests.request(.tokens(prompt), maximum: maximum)
        request.likeliestCount = 3
        var (text, probabilities, summary) = ("", [TokenLogProbability](), GenerationSummary?.none)
        for try await event in try engine.submit(request) {
            switch event {
            case .answer(let parts, let more):
                for case .content(let piece) in parts { text += piece }
                probabilities += more
            case .finished(let value): summary = value
            default: break
            }
        }
        return (text, probabilities, try #require(summary))
    }

    /// 600 tokens that no model knows.
    static let tokens = (0..<600).map { TokenID(($0 * 7919 + 13) % 480) }

    @Test func aKnownBeginningChangesNothingButTheTime() async throws {
        let engine = EngineTests.engine()
        let long = Array(Self.tokens.prefix(300))
        let first = try await Self.collect(engine, long)
        #expect(first.summary.cachedTokenCount == 0)
        // The same again, a longer one, a branch, and one that shares nothing.
        let prompts = [
            long, Self.tokens, Array(Self.tokens.prefix(150)) + Self.tokens.suffix(80), Array(Self.tokens.reversed()),
            Array(Self.tokens.prefix(310)),
        ]
        let shared = [299, 300, 150, 0, 310 - 1]
        for (prompt, count) in zip(prompts, shared) {
            let warm = try await Self.collect(engine, prompt)
            let cold = try await Self.collect(EngineTests.engine(), prompt)
            #expect(warm.summary.cachedTokenCount == count)
            #expect(warm.text == cold.text && warm.probabilities == cold.probabilities)
        }
    }

    @Test func anAnswerIsPartOfTheNextPrompt() async throws {
        let engine = EngineTests.engine()
        let prompt = Array(Self.tokens.prefix(40))
        let first = try await Self.collect(engine, prompt, maximum: 20)
        // Its tokens are known to the engine, not to the client; greedily they come again.
        let again = try await Self.collect(engine, prompt, maximum: 20)
        #expect(again.summary.cachedTokenCount == 39 && again.probabilities == first.probabilities)
    }

    @Test func contextsGoWhenMemoryIsWanted() async throws {
        let plan = try #require(try? await Self.collect(EngineTests.engine(), Self.tokens))
        #expect(plan.summary.promptTokenCount == 600)
        // Just enough memory for one context of this length.
        let engine = EngineTests.engine(context: 640, budget: try Self.smallestBudget())
        for shift in 0..<6 {
            let prompt = Self.tokens.map { ($0 + TokenID(shift)) % 480 }
            let answer = try await Self.collect(engine, prompt)
            #expect(answer.summary.cachedTokenCount == 0)
        }
        #expect(engine.memory().used <= engine.memory().limit)
    }

    /// What the whole model with one context of 640 tokens takes.
    static func smallestBudget() throws -> Int {
        let budget = MemoryBudget(limit: 1 << 30)
        let model = try Model.load(try ModelSource.open(EngineTests.model), budget: budget, threadCount: 2)
        let cache = model.makeCache(contextLength: 640)
        _ = try model.forward(Self.tokens, cache: cache)
        return budget.usage().values.reduce(0, +) * 11 / 10
    }

    @Test func copiesAreIndependent() throws {
        let budget = MemoryBudget(limit: 1 << 30)
        let model = try Model.load(try ModelSource.open(EngineTests.model), budget: budget, threadCount: 1)
        let cache = model.makeCache(contextLength: 700)
        _ = try model.forward(Array(Self.tokens.prefix(100)), cache: cache)
        let copy = model.makeCache(contextLength: 700)
        try copy.copy(60, of: cache)
        let branch = try model.forward(Array(Self.tokens.suffix(5)), cache: copy).values(row: 0)
        cache.truncate(to: 60)
        let cut = try model.forward(Array(Self.tokens.suffix(5)), cache: cache).values(row: 0)
        #expect(copy.count == 65 && branch == cut)
    }
}
