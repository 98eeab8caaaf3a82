import Testing

@testable import Board

/// How the pace follows temperature and supply.
@Suite struct PacingGovernorTests {
    static func reading(_ degrees: Double, trip: Double = 80, weak: Bool = false) -> BoardReading {
        var reading = BoardReading()
        reading.zones = [BoardReading.Zone(name: "cpu-thermal", degrees: degrees, trip: trip)]
        reading.isUnderVoltage = weak
        return reading
    }

    @Test func aCoolBoardWorksAllTheTime() {
        var governor = PacingGovernor()
        #expect(governor.pace(Self.reading(69.9), now: .now) == .full)
        #expect(governor.pace(BoardReading(), now: .now) == .full)
    }

    @Test func thePaceFallsAtOnceAndRisesSlowly() {
        var governor = PacingGovernor()
        let start = ContinuousClock.now
        _ = governor.pace(Self.reading(60), now: start)
        let hot = governor.pace(Self.reading(90), now: start + .seconds(1))
        #expect(hot.share == PacingGovernor.leastShare)
        #expect(hot.reason == "cpu-thermal at 90 °C, throttled at 80 °C")
        let later = governor.pace(Self.reading(60), now: start + .seconds(2))
        #expect(later.share > hot.share && later.share < 0.2)
        #expect(later.reason == hot.reason)
        var last = later
        for second in 3...30 { last = governor.pace(Self.reading(60), now: start + .seconds(second)) }
        #expect(last == .full)
    }

    @Test(arguments: [(71.0, 0.9), (75, 0.5), (78, 0.2), (80, 0.1), (120, 0.1)])
    func isProportionalBelowTheTrip(degrees: Double, share: Double) {
        var governor = PacingGovernor()
        let pace = governor.pace(Self.reading(degrees), now: .now)
        #expect(abs(pace.share - share) < 1e-9)
        #expect(!pace.reason.isEmpty)
    }

    /// A board that heats up by what it computes settles below its trip point.
    @Test func holdsASimulatedBoardBelowTheTrip() {
        var (governor, degrees, hottest, shares) = (PacingGovernor(), 45.0, 0.0, [Double]())
        let start = ContinuousClock.now
        for second in 0..<1200 {
            let pace = governor.pace(Self.reading(degrees), now: start + .seconds(second))
            // Full load leads to 110 °C, none to 45 °C, with a time constant of a minute.
            degrees += (45 + 65 * pace.share - degrees) / 60
            hottest = max(hottest, degrees)
            if second >= 600 { shares.append(pace.share) }
        }
        #expect(hottest < 80)
        #expect(shares.allSatisfy { $0 > 0.3 && $0 < 0.6 }, "it settles")
        #expect((shares.max() ?? 1) - (shares.min() ?? 0) < 0.1, "without swinging")
    }

    @Test func aWeakSupplyHalvesThePaceForAWhile() {
        var governor = PacingGovernor()
        let start = ContinuousClock.now
        let weak = governor.pace(Self.reading(50, weak: true), now: start)
        #expect(weak == PacingGovernor.Pace(share: 0.5, reason: "the supply voltage is too low"))
        #expect(governor.pace(Self.reading(50), now: start + .seconds(59)).share == 0.5)
        #expect(governor.pace(Self.reading(50), now: start + .seconds(75)) == .full)
        // Heat that asks for less wins.
        #expect(governor.pace(Self.reading(79, weak: true), now: start + .seconds(76)).share < 0.2)
    }
}
