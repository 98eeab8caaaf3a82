/// Decides when the watchdog may be fed. Pure: it is told what was seen since it last decided.
///
/// Work that gets on is alive, however slow. Where nothing got on, every part of the daemon must have answered a call:
/// an idle engine answers, a stuck one does not. Parts that never work for long must answer in any case.
public struct Pulse: Sendable {
    private var progress: Int
    /// When it was last well.
    private var lastWell: ContinuousClock.Instant

    /// What was seen between two decisions.
    public struct Observation: Sendable {
        /// Pieces of work done so far.
        public var progress: Int
        /// Whether the engine answered the last call.
        public var engineAnswered: Bool
        /// Whether the event loop and the tasks' threads answered the last call.
        public var serverAnswered: Bool

        /// An observation.
        public init(progress: Int, engineAnswered: Bool, serverAnswered: Bool) {
            self.progress = progress
            self.engineAnswered = engineAnswered
            self.serverAnswered = serverAnswered
        }
    }

    /// Begins with a daemon that is well.
    public init(progress: Int, now: ContinuousClock.Instant) {
        self.progress = progress
        lastWell = now
    }

    /// Whether the daemon is well.
    public mutating func isWell(_ seen: Observation, now: ContinuousClock.Instant) -> Bool {
        let gotOn = seen.progress != progress
        progress = seen.progress
        let isWell = seen.serverAnswered && (gotOn || seen.engineAnswered)
        if isWell { lastWell = now }
        return isWell
    }

    /// How long it has not been well.
    public func silence(now: ContinuousClock.Instant) -> Duration { now - lastWell }
}
