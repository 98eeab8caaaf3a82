import Checkpoint
import Kernels
import Memory
import Testing
import Timing

@testable import ExpertStore

/// Reading ahead, warm starts and what becomes of visits that end early.
@Suite(.serialized) struct ForecastTests {
    /// Waits until nothing is being read any more.
    static func settle(_ experts: PagedExperts) throws {
        for _ in 0..<2000 {
            experts.takeArrivals()
            if experts.state.withLock({ $0.underway.count == 0 }) { return }
            _ = try #require(Channel<Int>().receive(within: 1) == nil)
        }
        Issue.record("reads never ended")
    }

    @Test func whatWasExpectedIsThere() throws {
        let (experts, file, layer, _) = try PagedExpertsTests.make(slots: 16)
        #expect(experts.wantsForecast())
        experts.expect([3, 1], layer: layer)
        try Self.settle(experts)
        let readCount = file.fields.withLock { $0.count }
        #expect(readCount == 6)
        #expect(try PagedExpertsTests.visit(experts, layer, [1, 3]) == [[1, 3]])
        #expect(file.fields.withLock { $0.count } == readCount)
        // A second time it is an ordinary hit.
        #expect(try PagedExpertsTests.visit(experts, layer, [1, 3]) == [[1, 3]])
        let statistics = experts.statistics
        #expect(statistics.aheadCount == 2 && statistics.aheadHitCount == 2 && statistics.missCount == 0)
        #expect(statistics.hitCount == 2 && statistics.hitRate == 0.5)
        #expect(statistics.aheadPrecision == 1 && statistics.aheadRecall == 1 && statistics.wastedCount == 0)
    }

    @Test func whatWasExpectedInVainIsCountedAndMayLeave() throws {
        let (experts, _, layer, _) = try PagedExpertsTests.make(slots: 8)
        experts.expect([0], layer: layer)
        try Self.settle(experts)
        #expect(try PagedExpertsTests.visit(experts, layer, [1]) == [[], [1]])
        #expect(experts.statistics.wastedCount == 1 && experts.statistics.aheadPrecision == 0)
        #expect(experts.state.withLock { $0.cache.aheadCount } == 0)
    }

    @Test func aNewForecastReplacesAnOldOne() throws {
        let (experts, file, layer, _) = try PagedExpertsTests.make(slots: 16)
        file.delay.withLock { $0 = 150 }
        experts.expect([0, 1, 3], layer: layer)
        experts.expect([2], layer: layer)
        try Self.settle(experts)
        // The last one had not been begun.
        #expect(!file.fields.withLock { $0.contains { $0.contains("expert 3)") } })
        #expect(experts.state.withLock { $0.cache.contains(ExpertKey(layer: layer, expert: 2)) })
    }

    @Test func fewSlotsAreNotSpentOnForecasts() throws {
        let (experts, file, layer, _) = try PagedExpertsTests.make(slots: 4)
        #expect(!experts.wantsForecast())
        experts.expect([0, 1, 2], layer: layer)
        #expect(file.fields.withLock { $0.isEmpty } && experts.statistics.aheadCount == 0)
    }

    @Test func aForecastThatCannotBeReadHurtsNobody() throws {
        let (experts, file, layer, _) = try PagedExpertsTests.make(slots: 16)
        file.failures.withLock { $0[PagedExpertsTests.field] = 2 }
        experts.expect([2], layer: layer)
        try Self.settle(experts)
        #expect(try PagedExpertsTests.visit(experts, layer, [2]) == [[], [2]])
        #expect(experts.statistics.missCount == 1)
    }

    @Test func anExpertThatIsBeingReadIsNotReadTwice() throws {
        let (experts, file, layer, _) = try PagedExpertsTests.make(slots: 16)
        file.delay.withLock { $0 = 20 }
        experts.expect([5], layer: layer)
        #expect(try PagedExpertsTests.visit(experts, layer, [5]).joined().sorted() == [5])
        #expect(file.fields.withLock { $0.count } == 3)
        #expect(experts.statistics.aheadHitCount == 1)
    }

    @Test func forecastsThatFailAreGivenUpForAWhile() {
        var gauge = ForecastGauge()
        #expect(gauge.isWorthwhile)
        for _ in 0..<200 { gauge.add(false) }
        #expect(!gauge.isWorthwhile)
        for _ in 0..<4096 { gauge.skip() }
        #expect(gauge.isWorthwhile)
        for _ in 0..<1000 { gauge.add(true) }
        #expect(gauge.isWorthwhile && gauge.precision > 0.99)
    }

    @Test func whereTheDiskIsNeverIdleForecastsGainNothing() {
        var gauge = ForecastGauge()
        for _ in 0..<2000 { gauge.add(true) }
        for _ in 0..<2000 { gauge.add(layerSeconds: 0.01, stalledSeconds: 0.0098) }
        #expect(gauge.isWorthwhile)
        // A tenth of what is read is wrong, and a fiftieth of the time is all that can be hidden.
        for _ in 0..<200 { for index in 0..<10 { gauge.add(index != 0) } }
        #expect(!gauge.isWorthwhile)
        gauge.skip()
        for _ in 0..<2000 { gauge.add(layerSeconds: 0.01, stalledSeconds: 0.005) }
        #expect(gauge.isWorthwhile)
    }

    @Test func timeBetweenTokensIsNobodysStall() throws {
        var clock = LayerClock()
        let prompt = ExpertDemand(layer: 2, tokenCount: 9, uses: [(0, 9)])
        let demands =
            [1, 2, 1].map { ExpertDemand(layer: $0, experts: [0]) }
            + [prompt, ExpertDemand(layer: 3, experts: [0])]
        let laps = demands.enumerated().map { clock.lap($1, stalledSeconds: Double($0) / 4)?.stalledSeconds }
        // A new token, a prompt, during which nobody reads ahead, and what follows it do not count.
        #expect(laps == [nil, 0.25, nil, nil, nil])
    }

    @Test func aStalledDiskDoesNotHoldThoseWhoLeave() throws {
        let (experts, file, layer, count) = try PagedExpertsTests.make(slots: 16)
        file.delay.withLock { $0 = 2000 }
        let clock = ContinuousClock()
        var isCancelled = false
        let time = clock.measure {
            #expect(throws: CancellationError.self) {
                try experts.visit(
                    ExpertDemand(layer: layer, experts: [0, 1]),
                    isCancelled: {
                        defer { isCancelled = true }
                        return isCancelled
                    }, { _ in })
            }
        }
        #expect(time < .seconds(1))
        // The reads end by themselves; who asks for the same experts meanwhile gets them.
        file.delay.withLock { $0 = 0 }
        #expect(try PagedExpertsTests.visit(experts, layer, [0, 1, 2]).joined().sorted() == [0, 1, 2])
        #expect(try PagedExpertsTests.visit(experts, layer, Array(0..<count)).joined().sorted() == Array(0..<count))
    }

    @Test func anErrorDoesNotWaitForOtherReads() throws {
        let (experts, file, layer, _) = try PagedExpertsTests.make(slots: 16)
        file.failures.withLock { $0[PagedExpertsTests.field] = 2 }
        file.stalls.withLock { $0[PagedExpertsTests.field.replacing("ffn_up", with: "ffn_gate")] = 2000 }
        let clock = ContinuousClock()
        let time = clock.measure {
            let error = #expect(throws: CheckpointError.self) { try PagedExpertsTests.visit(experts, layer, [2]) }
            #expect(error?.field == PagedExpertsTests.field)
        }
        #expect(time < .seconds(1))
        #expect(try PagedExpertsTests.visit(experts, layer, [2, 3]).joined().sorted() == [2, 3])
    }
}
