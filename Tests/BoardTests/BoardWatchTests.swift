import Inference
import Logging
import Memory
import Testing

@testable import Board
@testable import minked

/// The real engine with a tiny model on a board that gets hot.
@Suite(.serialized) struct BoardWatchTests {
    private static func engine(file: String = #filePath) -> Engine {
        let tests = "/" + file.split(separator: "/").dropLast(2).joined(separator: "/")
        return Engine(
            EngineOptions(
                library: ModelLibrary(folders: [], defaultModel: tests + "/Fixtures/v3"),
                budget: MemoryBudget(limit: 1 << 30), threadCount: 1, contextLength: 2000, queueLimit: 4))
    }

    private static func answer(_ engine: Engine, tokens: Int) async throws -> Int? {
        var sampling = SamplingOverrides()
        sampling.temperature = 0
        let request = GenerationRequest(prompt: .text("hello"), sampling: sampling, maximumTokens: tokens, stop: [])
        for try await event in try engine.submit(request) {
            if case .finished(let summary) = event { return summary.completionTokenCount }
        }
        return nil
    }

    private static func wait(_ limit: Duration, until isTrue: () -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if isTrue() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return isTrue()
    }

    @Test(.timeLimit(.minutes(2))) func aRampTo90DegreesSlowsAnswersAndFailsNone() async throws {
        let tree = try SystemTree()
        try tree.addZone(0, "cpu-thermal", degrees: 60, trips: [("passive", 80)])
        let engine = Self.engine()
        _ = try await Self.answer(engine, tokens: 1)
        let watch = BoardWatch(engine: engine, logger: Logger(label: "test"))
        defer { watch.stop() }
        watch.watch(ThermalSensors(root: tree.root))
        let answers = Task {
            var counts: [Int?] = []
            while !Task.isCancelled { counts.append(try await Self.answer(engine, tokens: 30)) }
            return counts
        }
        try await Task.sleep(for: .milliseconds(1200))
        #expect(!engine.restraint().isPaced)
        for degrees in stride(from: 60.0, through: 90, by: 6) {
            try tree.setDegrees(0, degrees)
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await Self.wait(.seconds(2)) { engine.restraint().pace == PacingGovernor.leastShare })
        #expect(engine.restraint().paceReason.hasPrefix("cpu-thermal at 90"))
        #expect(engine.restraint().temperature == BoardTemperature(degrees: 90, trip: 80))
        let rested = engine.restraint().restedSeconds
        try await Task.sleep(for: .seconds(2))
        let share = (engine.restraint().restedSeconds - rested) / 2
        #expect(share > 0.6, "it rests \(share) of the time")
        try tree.setDegrees(0, 60)
        #expect(try await Self.wait(.seconds(30)) { !engine.restraint().isPaced })
        answers.cancel()
        let counts = try await answers.value
        // All but the last one, which is cancelled with its task, are whole.
        #expect(counts.count > 2 && counts.dropLast().allSatisfy { $0 == 30 })
    }

    @Test(.timeLimit(.minutes(1))) func aWeakSupplyIsSpared() async throws {
        let tree = try SystemTree()
        try tree.write("sys/class/hwmon/hwmon2/name", "rpi_volt")
        try tree.write("sys/class/hwmon/hwmon2/in0_lcrit_alarm", "1")
        let engine = Self.engine()
        let watch = BoardWatch(engine: engine, logger: Logger(label: "test"))
        defer { watch.stop() }
        watch.watch(ThermalSensors(root: tree.root))
        #expect(try await Self.wait(.seconds(3)) { engine.restraint().pace == 0.5 })
        #expect(IdleWatch.text(engine.restraint()) == "works 50 % of the time (the supply voltage is too low)")
    }

    @Test(.timeLimit(.minutes(1))) func pressureReachesTheEngine() async throws {
        let tree = try SystemTree()
        try tree.write("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 250 kB")
        let engine = Self.engine()
        let watch = BoardWatch(engine: engine, logger: Logger(label: "test"))
        defer { watch.stop() }
        watch.watch(PressureWatch(choice: .none, root: tree.root))
        #expect(try await Self.wait(.seconds(5)) { engine.restraint().pressureCount > 0 })
    }
}
