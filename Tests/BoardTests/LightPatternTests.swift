import Testing

@testable import Board

@Suite struct LightPatternTests {
    /// The light of a state, sampled every 10 ms for `seconds`.
    private func samples(_ pattern: LightPattern, seconds: Int = 4) -> [Bool] {
        stride(from: 0, to: seconds * 1000, by: 10).map { pattern.look(at: $0).isOn }
    }

    @Test func everyStateHasALookOfItsOwn() {
        let looks = LightState.allCases.map { samples(.main($0)) }
        for (index, look) in looks.enumerated() { #expect(!looks[..<index].contains(look)) }
    }

    @Test func readyIsSteadyAndThrottledBlinksTwice() {
        #expect(samples(.main(.ready)).allSatisfy { $0 })
        #expect(LightPattern.main(.ready).look(at: 12345).remaining == nil)
        let second = samples(.main(.throttled), seconds: 1)
        let rises = (1..<second.count).filter { second[$0] && !second[$0 - 1] }.count + (second[0] ? 1 : 0)
        #expect(rises == 2)
    }

    @Test func theSecondLightIsDarkUntilSomethingIsWrong() {
        for state in [LightState.ready, .loading, .thinking] {
            #expect(!samples(.alert(state)).contains(true))
        }
        #expect(samples(.alert(.throttled)).allSatisfy { $0 })
        #expect(Set(samples(.alert(.error))) == [true, false])
    }

    /// Following `remaining` from change to change gives the same as looking all the time.
    @Test(arguments: LightState.allCases) func remainingLeadsToTheNextChange(_ state: LightState) {
        let pattern = LightPattern.main(state)
        var time = 0
        while time < 5000, let remaining = pattern.look(at: time).remaining {
            let isOn = pattern.look(at: time).isOn
            #expect(remaining > 0)
            #expect((time..<(time + remaining)).allSatisfy { pattern.look(at: $0).isOn == isOn })
            #expect(pattern.look(at: time + remaining).isOn != isOn)
            time += remaining
        }
    }
}
