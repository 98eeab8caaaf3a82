import Inference
import Memory
import Testing
import Timing
import Tokenizer

/// The engine on a tiny real checkpoint.
@Suite struct EngineTests {
    static let model = Fixture.path("v3")

    static func engine(
        _ model: String = model, queue: Int = 4, context: Int = 2000, budget: Int = 1 << 30, sessions: Int = 1
    ) -> Engine {
        var options = EngineOptions(
            library: ModelLibrary(folders: [], defaultModel: model), budget: MemoryBudget(limit: budget),
            threadCount: 2, contextLength: context, queueLimit: queue)
        options.sessionLimit = sessions
        return Engine(options)
    }

    static func request(
        _ prompt: GenerationRequest.Prompt = .text("the quick brown fox"), temperature: Float = 0,
        maximum: Int? = 12, seed: UInt64 = 7, stop: [String] = []
    ) -> GenerationRequest {
        var sampling = SamplingOverrides()
        sampling.temperature = temperature
        sampling.topP = 1
        sampling.seed = seed
        return GenerationRequest(prompt: prompt, sampling: sampling, maximumTokens: maximum, stop: stop)
    }

    static func collect(
        _ events: AsyncThrowingStream<GenerationEvent, any Error>
    ) async throws -> (text: String, summary: GenerationSummary?, prefill: [Int]) {
        var (text, summary, prefill) = ("", GenerationSummary?.none, [Int]())
        for try await event in events {
            switch event {
            case .queued: #expect(text.isEmpty && prefill.isEmpty)
            case .admitted: #expect(text.isEmpty && prefill.isEmpty)
            case .prefill(let processed, let total):
                #expect(processed <= total)
                prefill.append(processed)
            case .answer(let parts, _):
                for case .content(let piece) in parts { text += piece }
            case .finished(let value): summary = value
            }
        }
        return (text, summary, prefill)
    }

    @Test func answersAsTheModelAndCountsTokens() async throws {
        let prompt = try OracleTests.tokens(try Fixture.json("v3/expected.json")["prompt_ids"])
        let greedy = try OracleTests.tokens(try Fixture.json("v3/expected.json")["greedy_16"])
        let tokenizer = try ModelText.open(Self.model).tokenizer
        let result = try await Self.collect(try Self.engine().submit(Self.request(.tokens(prompt), maximum: 8)))
        // Padding rows of the vocabulary are never chosen, so the texts agree up to the first of them.
        let used = greedy.prefix { tokenizer.kind(of: $0).map { $0 != .unused } ?? false }.prefix(8)
        // A character that the last token began may be completed by the next one.
        let expected = tokenizer.decode(used.dropLast(), skipSpecial: true).prefix { $0 != "\u{FFFD}" }
        #expect(expected.isEmpty || result.text.hasPrefix(expected))
        #expect(used.count > 2 && !result.text.isEmpty)
        let summary = try #require(result.summary)
        #expect(summary.promptTokenCount == prompt.count && summary.completionTokenCount <= 8)
        #expect(result.prefill.last == prompt.count)
    }

    @Test func sameSeedSameTextOtherSeedOtherText() async throws {
        func text(_ seed: UInt64, _ engine: Engine) async throws -> String {
            try await Self.collect(
                try engine.submit(Self.request(temperature: 1.5, maximum: 24, seed: seed))
            ).text
        }
        let (first, second) = (Self.engine(), Self.engine())
        let a = try await text(1, first)
        #expect(try await text(1, first) == a)
        #expect(try await text(1, second) == a)
        #expect(try await text(2, first) != a)
    }

    @Test func stopStringsEndTheAnswerAndAreNotPartOfIt() async throws {
        let engine = Self.engine()
        let whole = try await Self.collect(try engine.submit(Self.request(maximum: 30))).text
        try #require(whole.count > 12)
        let stop = String(whole.dropFirst(6).prefix(3))
        let cut = try await Self.collect(try engine.submit(Self.request(maximum: 30, stop: [stop])))
        let range = try #require(whole.range(of: stop))
        #expect(cut.text == String(whole[..<range]))
        #expect(cut.summary?.finishReason == .stop)
    }

    @Test func filesTellWhatTheModelIs() async throws {
        let engine = Self.engine(context: 100)
        let model = try #require(engine.installedModels().first)
        let details = try #require(await engine.details(of: model))
        #expect(details.architecture == "deepseek_v3" && details.contextLength == 100)
        #expect(details.parameterCount > 100_000 && !details.weightType.isEmpty && !details.reasons)
        #expect(engine.loadedModel() == nil)
        #expect(await engine.details(of: ModelSummary(name: "x", path: "/dev/null", createdAt: 0, byteCount: 0)) == nil)
    }

    @Test func refusesWhatCannotBeServed() async throws {
        func failure(_ engine: Engine, _ request: GenerationRequest) async -> GenerationError.Code? {
            do {
                _ = try await Self.collect(try engine.submit(request))
                return nil
            } catch {
                return (error as? GenerationError)?.code
            }
        }
        let small = Self.engine(context: 3)
        #expect(
            await failure(small, Self.request(.tokens([1, 2, 3])))
                == .contextExceeded(promptTokenCount: 3, contextLength: 3))
        #expect(await failure(small, Self.request(.tokens([512]))) == .invalidRequest)
        #expect(await failure(small, Self.request(.tokens([-1]))) == .invalidRequest)
        #expect(await failure(small, Self.request(.tokens([]))) == .invalidRequest)
        var unknown = Self.request()
        unknown.model = "nobody"
        #expect(await failure(small, unknown) == .modelNotFound)
        #expect(await failure(Self.engine(budget: 1000), Self.request()) == .doesNotFit)
        // The engine lives on.
        #expect(await failure(small, Self.request(.tokens([1, 2]))) == nil)
    }

    @Test func servesInOrderAndRefusesBeyondTheLimit() async throws {
        let engine = Self.engine(queue: 2)
        let first = try engine.submit(Self.request(maximum: 400))
        let second = try engine.submit(Self.request(maximum: 2))
        let third = try engine.submit(Self.request(maximum: 2))
        #expect(throws: GenerationError.self) { _ = try engine.submit(Self.request()) }
        do {
            _ = try engine.submit(Self.request())
        } catch {
            guard case .queueFull(let seconds) = error.code else { throw error }
            #expect(seconds >= 1)
        }
        #expect(engine.queueDepth() == 3)
        let order = try await withThrowingTaskGroup(of: Int.self) { group in
            for (index, events) in [first, second, third].enumerated() {
                group.addTask {
                    _ = try await Self.collect(events)
                    return index
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(order == [0, 1, 2])
        #expect(engine.queueDepth() == 0)
    }

    @Test func aClientThatLeavesFreesTheEngineWithinALayer() async throws {
        let engine = Self.engine()
        let isQuick = try await takesAtMost(.milliseconds(250)) {
            // An answer that would take far longer than the test.
            var abandoned: AsyncThrowingStream<GenerationEvent, any Error>? =
                try engine.submit(Self.request(maximum: 1900))
            if let events = abandoned {
                for try await event in events { if case .answer = event { break } }
            }
            abandoned = nil
            let start = ContinuousClock.now
            _ = try await Self.collect(try engine.submit(Self.request(maximum: 1)))
            return ContinuousClock.now - start
        }
        #expect(isQuick, "the next answer has to wait")
    }

    /// Somebody at the machine presses a button: the client gets what there is, and the beginning is what it would have been.
    @Test func anAnswerThatIsCutShortIsTheBeginningOfTheWholeOne() async throws {
        let engine = Self.engine()
        var (text, summary) = ("", GenerationSummary?.none)
        for try await event in try engine.submit(Self.request(maximum: 1900)) {
            switch event {
            case .answer(let parts, _):
                for case .content(let piece) in parts { text += piece }
                engine.cutShort()
            case .finished(let value): summary = value
            default: break
            }
        }
        let cut = try #require(summary)
        #expect(cut.finishReason == .length && cut.completionTokenCount > 0 && cut.completionTokenCount < 1900)
        // The next answer is none of the button's business.
        let whole = try await Self.collect(try engine.submit(Self.request(maximum: cut.completionTokenCount)))
        #expect(whole.text == text && whole.summary?.completionTokenCount == cut.completionTokenCount)
        #expect(engine.queueDepth() == 0)
    }

    @Test func aModelIsLetGoWithoutItsName() async throws {
        let engine = Self.engine()
        await engine.unload()
        _ = try await Self.collect(try engine.submit(Self.request(maximum: 1)))
        #expect(engine.loadedModel() != nil)
        await engine.unload()
        #expect(engine.loadedModel() == nil && engine.memory().used == 0)
    }

    @Test func aClientThatLeavesTheQueueMakesRoom() async throws {
        let engine = Self.engine(queue: 1)
        let running = try engine.submit(Self.request(maximum: 300))
        let events = try engine.submit(Self.request(maximum: 1900))
        let waiting = Task { try await Self.collect(events) }
        #expect(throws: GenerationError.self) { _ = try engine.submit(Self.request()) }
        waiting.cancel()
        _ = try? await waiting.value
        #expect(engine.queueDepth() == 1)
        let next = try engine.submit(Self.request(maximum: 1))
        _ = try await Self.collect(running)
        _ = try await Self.collect(next)
    }
}

extension String {
    /// Where `text` occurs first.
    fileprivate func range(of text: String) -> String.Index? {
        indices.first { self[$0...].hasPrefix(text) }
    }
}
