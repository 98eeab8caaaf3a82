import Checkpoint
import Kernels
import Memory
import Testing
import Timing
import Tokenizer

@testable import Inference

/// Answers that are generated together are those that are generated alone, bit for bit.
@Suite(.serialized) struct GenerationBatchTests {
    static let prompts: [[TokenID]] = [
        Array(PrefixCacheTests.tokens.prefix(90)), Array(PrefixCacheTests.tokens.prefix(70).reversed()),
        Array(PrefixCacheTests.tokens.suffix(200)), [5, 6, 7],
    ]

    @Test(
        arguments: [
            "v3", "v2lite", "v3_fp8", "kimik2", "glm47flash", "llama", "qwen2", "gguf/v3-q4_0.gguf",
            "gguf/v3-mxfp4.gguf", "gguf-variants/v3-f32-fused.gguf",
        ], Precision.allCases)
    func aBatchGivesTheLogitsOfItsParts(name: String, precision: Precision) throws {
        let source = try ModelSource.open(Fixture.path(name))
        var models = [try PagedModelTests.load(source.path, 1 << 30, precision)]
        let bound = try source.bind()
        if !bound.routedExperts.isEmpty {
            let limit = try PagedModelTests.budgets(source, precision, threads: 2)[0]
            let plan = try MemoryPlan(bound, source.configuration, precision, threadCount: 2, available: limit)
            models.append(
                try Model.load(
                    source, bound, plan, budget: MemoryBudget(limit: 1 << 30), threadCount: 2, precision: precision,
                    paging: .cold))
        }
        let prompts = Self.prompts.map { $0.map { $0 % TokenID(models[0].configuration.vocabSize) } }
        for model in models {
            // All but the last four tokens one after the other; then those, of some all at once, of some in turns.
            func caches() throws -> [KVCache] {
                try prompts.map { prompt in
                    let cache = model.makeCache(contextLength: 256)
                    if prompt.count > 4 { _ = try model.forward(Array(prompt.dropLast(4)), cache: cache) }
                    return cache
                }
            }
            let alone = try zip(prompts, try caches()).map { prompt, cache in
                try model.forward(Array(prompt.suffix(4)), cache: cache, logits: .all).view.values
            }
            let together = try caches()
            let mixed = try model.forward(
                zip(prompts, together).enumerated().map { index, pair in
                    let last = pair.0.suffix(4)
                    return BatchPart(
                        Array(index.isMultiple(of: 2) ? last : last.prefix(1)), cache: pair.1, logits: .all)
                })
            let size = model.configuration.vocabSize
            let expected: [Float] = alone[0] + Array(alone[1].prefix(size)) + alone[2] + Array(alone[3].prefix(size))
            // Not within the macro, which would print all of them.
            let isSame = mixed.view.values == expected
            #expect(isSame)
            let next = prompts[1][prompts[1].count - 3]
            let following = try model.forward([next], cache: together[1]).values(row: 0)
            let isContinued = following == Array(alone[1][size..<2 * size])
            #expect(isContinued)
        }
    }

    /// Texts and probabilities of all prompts, asked at the same time.
    static func answers(
        _ engine: Engine, maximum: Int = 24
    ) async throws -> [(text: String, probabilities: [TokenLogProbability], summary: GenerationSummary)] {
        try await withThrowingTaskGroup(of: (Int, (String, [TokenLogProbability], GenerationSummary)).self) { group in
            for (index, prompt) in prompts.enumerated() {
                group.addTask { (index, try await PrefixCacheTests.collect(engine, prompt, maximum: maximum)) }
            }
            var all: [Int: (String, [TokenLogProbability], GenerationSummary)] = [:]
            for try await (index, answer) in group { all[index] = answer }
            return prompts.indices.compactMap { all[$0] }
        }
    }

    static func expectSame(_ engine: Engine, context: Int = 2000) async throws {
        let together = try await answers(engine)
        #expect(together.count == prompts.count)
        for (prompt, answer) in zip(prompts, together) {
            let alone = try await PrefixCacheTests.collect(EngineTests.engine(context: context), prompt, maximum: 24)
            #expect(answer.text == alone.text && answer.probabilities == alone.probabilities)
            #expect(answer.summary.completionTokenCount == alone.summary.completionTokenCount)
        }
    }

    @Test(arguments: [2, 3, 8]) func answersDoNotDependOnTheirCompany(sessions: Int) async throws {
        let engine = EngineTests.engine(queue: 8, sessions: sessions)
        for _ in 0..<3 { try await Self.expectSame(engine) }
    }

    /// Memory for little more than the longest context: the others make room and are read again.
    @Test func contextsMakeRoomForEachOther() async throws {
        let budget = MemoryBudget(limit: 1 << 30)
        let model = try Model.load(try ModelSource.open(EngineTests.model), budget: budget, threadCount: 2)
        let cache = model.makeCache(contextLength: 512)
        _ = try model.forward(Self.prompts[2], cache: cache)
        // Grown once, as an answer makes it.
        try cache.grow(by: 100)
        let needed = budget.usage().values.reduce(0, +)
        for percent in [101, 115, 150] {
            let engine = EngineTests.engine(queue: 8, context: 512, budget: needed * percent / 100, sessions: 4)
            try await Self.expectSame(engine, context: 512)
            #expect(engine.memory().used <= engine.memory().limit)
        }
    }

    @Test func whoLeavesDoesNotDisturbTheOthers() async throws {
        let engine = EngineTests.engine(queue: 8, sessions: 4)
        for round in 0..<6 {
            let leaver = Task {
                for try await event in try engine.submit(EngineTests.request(maximum: 1500)) {
                    if case .answer = event, round.isMultiple(of: 2) { return }
                    if case .prefill = event, !round.isMultiple(of: 2) { return }
                }
            }
            try await Self.expectSame(engine)
            try await leaver.value
        }
        #expect(engine.queueDepth() == 0)
    }

    /// One that runs and one that waits end when their time is over; what is beside them is not disturbed.
    @Test func answersEndWhenTheirTimeIsOver() async throws {
        let engine = EngineTests.engine(queue: 8, sessions: 2)
        let clock = ContinuousClock()
        let start = clock.now
        var failures: [GenerationError.Code?] = []
        var requests = [EngineTests.request(maximum: 1500), EngineTests.request(maximum: 1500)]
        for _ in 0..<2 {
            requests.append(EngineTests.request(maximum: 1500))
            requests[requests.count - 1].timeout = .milliseconds(150)
        }
        requests[1].timeout = .milliseconds(100)
        let events = try requests.map { try engine.submit($0) }
        for index in [1, 2, 3] {
            do {
                _ = try await EngineTests.collect(events[index])
                failures.append(nil)
            } catch {
                failures.append((error as? GenerationError)?.code)
            }
        }
        #expect(failures == [.timeoutExceeded, .timeoutExceeded, .timeoutExceeded])
        #expect(clock.now - start < .seconds(5) * slowness)
        #expect(try await EngineTests.collect(events[0]).summary != nil)
    }

    @Test func aPromptThatOthersHaveIsTakenFromThem() async throws {
        let engine = EngineTests.engine(queue: 8, sessions: 2)
        let prompt = Self.prompts[2]
        let first = try engine.submit(EngineTests.request(.tokens(prompt), maximum: 300))
        var events = first.makeAsyncIterator()
        while let event = try await events.next() { if case .answer = event { break } }
        // While the first one is still generated.
        let second = try await PrefixCacheTests.collect(engine, prompt + [9], maximum: 4)
        #expect(second.summary.cachedTokenCount == prompt.count)
        #expect(engine.queueDepth() == 1)
        while try await events.next() != nil {}
    }

    @Test func unloadingWaitsForTheAnswersThatRun() async throws {
        let engine = EngineTests.engine(queue: 8, sessions: 2)
        async let answers = Self.answers(engine)
        try await Task.sleep(for: .milliseconds(30))
        try await engine.unload(nil)
        #expect(try await answers.count == Self.prompts.count)
    }
}
