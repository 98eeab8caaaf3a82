import Checkpoint
import Memory
import Testing
import Timing
import Tokenizer

@testable import ExpertStore
@testable import Inference

/// Boards that need memory or have to cool down get it; answers are the same, they only take longer.
@Suite(.serialized) struct RestraintTests {
    @Test(arguments: ["gguf/v3-q4_0.gguf", "v2lite"])
    func aCacheThatShrinksAndGrowsGivesTheSameLogits(name: String) throws {
        let path = Fixture.path(name)
        let expected = try PagedModelTests.logits(try PagedModelTests.load(path, 1 << 30, .int8), chunk: 1)
        let limit = try PagedModelTests.budgets(try ModelSource.open(path), .int8, threads: 2).last ?? 0
        let model = try PagedModelTests.load(path, limit, .int8)
        let experts = try #require(model.pagedExperts)
        try #require(experts.slotCount >= experts.minimumSlotCount + 4)
        let cache = model.makeCache(contextLength: 64)
        var (logits, held) = ([Float](), Set<Int>())
        for (step, token) in (PagedModelTests.prompt + PagedModelTests.prompt.prefix(4)).enumerated() {
            // Up and down between all and fewer than the model needs.
            let wanted = [experts.slotCount, experts.slotCount / 2, 0, experts.slotCount / 3][step % 4]
            while !experts.limitSlots(to: wanted) {}
            let count = max(wanted, experts.minimumSlotCount)
            #expect(experts.heldSlotCount == count && experts.slotLimit == count)
            held.insert(count)
            logits += try model.forward([token], cache: cache).values(row: 0)
        }
        #expect(held.count >= 3)
        let isSame = logits == expected
        #expect(isSame)
    }

    /// An engine whose model does not fit, and what another one with plenty of memory answers.
    private static func pagingEngine() throws -> Engine {
        let path = Fixture.path("gguf/v3-q4_0.gguf")
        // Most slots with which experts are still paged, and room for a context.
        let limit = try PagedModelTests.budgets(try ModelSource.open(path), .int8, threads: 2).last ?? 0
        var options = EngineOptions(
            library: ModelLibrary(folders: [], defaultModel: path), budget: MemoryBudget(limit: limit),
            threadCount: 2, contextLength: 200, queueLimit: 4)
        // Nothing is left beside the fixture.
        options.paging = .cold
        return Engine(options)
    }

    @Test(.timeLimit(.minutes(2))) func pressureDuringAnAnswerChangesNothingButTheTime() async throws {
        let prompt = Array(PrefixCacheTests.tokens.prefix(40))
        let path = Fixture.path("gguf/v3-q4_0.gguf")
        let expected = try await PrefixCacheTests.collect(
            EngineTests.engine(path, context: 200), prompt, maximum: 60)
        let engine = try Self.pagingEngine()
        try await engine.load(nil, keepAlive: nil)
        let full = engine.restraint()
        try #require(full.slotCount > 0 && !full.isShrunk, "experts are not paged")
        let pressing = Task {
            while !Task.isCancelled {
                engine.answerMemoryPressure()
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        let answer = try await PrefixCacheTests.collect(engine, prompt, maximum: 60)
        pressing.cancel()
        #expect(answer.text == expected.text && answer.probabilities == expected.probabilities)
        let shrunk = engine.restraint()
        #expect(shrunk.isShrunk && shrunk.pressureCount > 0)
        #expect(shrunk.heldSlotCount < full.slotCount)
    }

    /// An idle engine answers too.
    @Test(.timeLimit(.minutes(1))) func pressureShrinksTheCacheOfAnIdleEngine() async throws {
        let engine = try Self.pagingEngine()
        engine.answerMemoryPressure()
        #expect(engine.restraint().slotCount == 0, "no model, nothing to give")
        try await engine.load(nil, keepAlive: nil)
        engine.answerMemoryPressure()
        while !engine.restraint().isShrunk { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func theAllowanceShrinksFastAndGrowsSlowly() {
        var allowance = CacheAllowance()
        let start = ContinuousClock.now
        func slots(_ seconds: Int) -> Int { allowance.slots(of: 100, atLeast: 6, now: start + .seconds(seconds)) }
        #expect(slots(0) == 100)
        allowance.press(now: start)
        allowance.press(now: start + .milliseconds(500))
        #expect(slots(1) == 75, "signs within a second are one")
        #expect(allowance.pressureCount == 2)
        for second in 1...30 { allowance.press(now: start + .seconds(second)) }
        #expect(slots(30) == 6, "the model has what it needs")
        #expect(slots(49) == 6)
        #expect(slots(50) == 6, "6.25 % of the slots")
        for second in 51...54 { #expect(slots(second) == 6) }
        #expect(slots(55) == 12)
        var second = 55
        while slots(second) < 100 { second += 1 }
        // Fifteen further sixteenths, five seconds each.
        #expect(second >= 120 && second <= 130)
        // Pressure that growing has brought back: a longer calm.
        allowance.press(now: start + .seconds(200))
        allowance.press(now: start + .seconds(201))
        #expect(slots(222) > 56)
        allowance.press(now: start + .seconds(223))
        let left = slots(224)
        #expect(slots(262) == left)
        #expect(slots(264) > left)
    }

    @Test(.timeLimit(.minutes(1))) func aPacedEngineWorksItsShareAndAnswersTheSame() async throws {
        let prompt = Array(PrefixCacheTests.tokens.prefix(120))
        let engine = EngineTests.engine()
        let free = try await PrefixCacheTests.collect(engine, prompt, maximum: 150)
        #expect(engine.restraint().restedSeconds == 0)
        engine.setPace(0.25, reason: "a test")
        let other = EngineTests.engine()
        other.setPace(0.25, reason: "a test")
        #expect(other.restraint().isPaced && other.restraint().paceReason == "a test")
        let clock = ContinuousClock()
        var paced: (text: String, probabilities: [TokenLogProbability], summary: GenerationSummary)?
        let took = try await clock.measure { paced = try await PrefixCacheTests.collect(other, prompt, maximum: 150) }
        #expect(paced?.text == free.text && paced?.probabilities == free.probabilities)
        let rested = other.restraint().restedSeconds
        #expect(rested > 0.4 * (took / .seconds(1)), "\(rested) of \(took)")
        other.setPace(1, reason: "a test")
        #expect(!other.restraint().isPaced && other.restraint().paceReason.isEmpty)
    }

    /// Nobody waits for a rest to end: neither who leaves nor who asks next.
    @Test(.timeLimit(.minutes(1))) func aRestEndsWithTheRequest() async throws {
        let engine = EngineTests.engine()
        _ = try await EngineTests.collect(engine.submit(EngineTests.request(maximum: 2)))
        engine.setPace(0.02, reason: "a test")
        let isQuick = try await takesAtMost(.milliseconds(250)) {
            let task = Task {
                try await EngineTests.collect(
                    engine.submit(EngineTests.request(.tokens(PrefixCacheTests.tokens), maximum: 400)))
            }
            while engine.queueDepth() == 0 { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .milliseconds(500))
            task.cancel()
            let start = ContinuousClock.now
            return try await eventually { engine.queueDepth() == 0 } ? ContinuousClock.now - start : nil
        }
        #expect(isQuick)
    }
}
