import Glibc
import Inference
import Memory
import Synchronization
import Testing
import Timing

/// What supervisors see of an engine, and change.
@Suite struct EngineSupervisionTests {
    private final class Events: Sendable {
        let lines = Mutex<[String]>([])
    }

    @Test func modelsComeAndGoAreTold() async throws {
        let events = Events()
        var options = EngineOptions(
            library: ModelLibrary(folders: [], defaultModel: EngineTests.model), budget: MemoryBudget(limit: 1 << 30),
            threadCount: 2)
        options.report = { event in
            events.lines.withLock { lines in
                switch event {
                case .loaded(let model, let seconds):
                    lines.append("loaded \(model.name)")
                    #expect(seconds > 0)
                case .letGo(let model): lines.append("let go \(model.name)")
                }
            }
        }
        let engine = Engine(options)
        _ = try await EngineTests.collect(try engine.submit(EngineTests.request()))
        try await engine.unload(nil)
        #expect(events.lines.withLock { $0 } == ["loaded v3", "let go v3"])
    }

    /// An answer is many pieces of work; an engine that has nothing to do is none, and answers.
    @Test func workCounts() async throws {
        let engine = EngineTests.engine()
        await engine.answerCall()
        let before = WorkProgress.value
        _ = try await EngineTests.collect(try engine.submit(EngineTests.request(maximum: 2)))
        #expect(WorkProgress.value > before + 20)
        await engine.answerCall()
        // Engines of other tests may still be at their last token: all count as one.
        var last = -1
        let isIdle = try await eventually {
            defer { last = WorkProgress.value }
            usleep(100_000)
            return WorkProgress.value == last
        }
        #expect(isIdle)
    }

    @Test func limitsAndModelsChangeWhileItRuns() async throws {
        let engine = EngineTests.engine(queue: 4)
        let running = try engine.submit(EngineTests.request(maximum: 1500))
        let elsewhere = ModelLibrary(folders: [], defaultModel: Fixture.path("v2"))
        engine.adjust(EngineAdjustment(library: elsewhere, queueLimit: 0, keepAlive: .atMost(.zero)))
        #expect(throws: GenerationError.self, "nobody may wait any more") {
            _ = try engine.submit(EngineTests.request())
        }
        engine.adjust(EngineAdjustment(library: elsewhere, queueLimit: 1, keepAlive: .atMost(.zero)))
        let waiting = try engine.submit(EngineTests.request())
        #expect(try await EngineTests.collect(running).summary != nil)
        #expect(try await EngineTests.collect(waiting).summary != nil)
        // The default model is another one, and none stays.
        #expect(engine.installedModels().first?.name == "v2")
        var left = 200
        while engine.loadedModel() != nil, left > 0 {
            try await Task.sleep(for: .milliseconds(10))
            left -= 1
        }
        #expect(engine.loadedModel() == nil)
    }
}
