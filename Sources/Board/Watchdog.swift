import Glibc
import Synchronization

/// Feeds the service manager's watchdog as long as the daemon is well (`Pulse`), on a thread of its own.
///
/// It looks every quarter of the watchdog's time, four seconds at most: a daemon that gets stuck is ended within that
/// time and four seconds. Between two looks all parts have the time to answer.
public final class Watchdog: Sendable {
    /// One part of the daemon, which is asked by having it call back from its own thread.
    public typealias Call = @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void

    private let notifier: ServiceNotifier
    private let interval: Duration
    private let progress: @Sendable () -> Int
    private let engine: Call
    private let server: [Call]
    private let stuck: @Sendable (Duration) -> Void

    /// Longest time between two looks.
    private static let mostSeconds = 4.0

    /// A watchdog; `nil` if the service manager has none. `progress` counts work that was done, `engine` and `server` are
    /// the parts to ask, `stuck` is told once when feeding stops.
    public init?(
        _ notifier: ServiceNotifier, progress: @escaping @Sendable () -> Int, engine: @escaping Call, server: [Call],
        stuck: @escaping @Sendable (Duration) -> Void
    ) {
        guard let time = notifier.watchdogInterval else { return nil }
        self.notifier = notifier
        interval = .seconds(min(Self.mostSeconds, time / .seconds(1) / 4))
        self.progress = progress
        self.engine = engine
        self.server = server
        self.stuck = stuck
    }

    /// Counts the parts that have answered a call.
    private final class Answers: Sendable {
        let count = Atomic<Int>(0)
    }

    /// Looks and feeds for ever. Blocks: call on a thread of its own.
    public func run() -> Never {
        var pulse = Pulse(progress: progress(), now: .now)
        var hasComplained = false
        var (engineAnswers, serverAnswers) = (ask([engine]), ask(server))
        notifier.alive()
        while true {
            Self.sleep(interval)
            let engineAnswered = engineAnswers.count.load(ordering: .acquiring) > 0
            let seen = Pulse.Observation(
                progress: progress(), engineAnswered: engineAnswered,
                serverAnswered: serverAnswers.count.load(ordering: .acquiring) == server.count)
            let isWell = pulse.isWell(seen, now: .now)
            let silence = pulse.silence(now: .now)
            if isWell { notifier.alive() }
            // One look without life may be a machine that was busy with something else.
            if silence > interval * 1.5, !hasComplained { stuck(silence) }
            hasComplained = silence > interval * 1.5
            // An engine that still has a call to answer does not need another one.
            if engineAnswered { engineAnswers = ask([engine]) }
            serverAnswers = ask(server)
        }
    }

    private func ask(_ parts: [Call]) -> Answers {
        let answers = Answers()
        for part in parts { part { answers.count.add(1, ordering: .acquiringAndReleasing) } }
        return answers
    }

    private static func sleep(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        // A signal, which this thread has blocked, would only have it look earlier.
        _ = unsafe nanosleep(&time, nil)
    }
}
