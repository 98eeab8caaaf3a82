import Board
import Testing

@Suite struct PulseTests {
    /// A pulse and its clock.
    private final class Trial {
        private let start = ContinuousClock.now
        private var pulse: Pulse

        init() { pulse = Pulse(progress: 0, now: start) }

        /// What it says `second` seconds after the start.
        func look(_ second: Int, progress: Int, engine: Bool, server: Bool = true) -> Bool {
            pulse.isWell(
                Pulse.Observation(progress: progress, engineAnswered: engine, serverAnswered: server),
                now: start + .seconds(second))
        }

        func silence(_ second: Int) -> Duration { pulse.silence(now: start + .seconds(second)) }
    }

    @Test func slowWorkIsAlive() {
        let trial = Trial()
        for step in 1...100 {
            #expect(trial.look(step, progress: step, engine: false))
            #expect(trial.silence(step) == .zero)
        }
    }

    @Test func anIdleEngineMustAnswer() {
        let trial = Trial()
        #expect(trial.look(1, progress: 0, engine: true))
        #expect(!trial.look(2, progress: 0, engine: false))
        #expect(!trial.look(3, progress: 0, engine: false))
        #expect(trial.silence(3) == .seconds(2))
        #expect(trial.look(4, progress: 0, engine: true))
    }

    @Test func progressDoesNotExcuseADeadServer() {
        let trial = Trial()
        #expect(!trial.look(1, progress: 1, engine: true, server: false))
        #expect(trial.look(2, progress: 2, engine: true))
    }

    /// Work done while the server was silent counts once only.
    @Test func progressIsSpent() {
        let trial = Trial()
        #expect(!trial.look(1, progress: 1, engine: false, server: false))
        #expect(!trial.look(2, progress: 1, engine: false))
    }
}
