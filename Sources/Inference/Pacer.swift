import Glibc
import Memory
import Synchronization

/// Has the engine rest between layers, so that it works only a share of the time.
///
/// `set` and `report` may be called from anywhere, the rest on the engine's thread. A rest ends within a few
/// milliseconds once nobody wants the answers any more or the pace is free again.
public final class Pacer: Sendable {
    private struct State {
        var share = 1.0
        var reason = ""
        /// Since when work was not counted; engine's thread only.
        var mark: ContinuousClock.Instant?
        /// Rest that is due; engine's thread only.
        var owed = Duration.zero
        var rested = Duration.zero
    }

    private let state = Mutex(State())
    private let isFree = Atomic(true)

    /// Shorter rests would not let anything cool.
    private static let shortest = Duration.milliseconds(20)
    /// Longer ones would look like a daemon that is stuck.
    private static let longest = Duration.seconds(30)
    private static let slice = Duration.milliseconds(10)
    private static let leastShare = 0.02

    /// Full pace.
    public init() {}

    /// Works `share` of the time from now on.
    func set(_ share: Double, reason: String) {
        let share = min(1, max(Self.leastShare, share))
        state.withLock { ($0.share, $0.reason) = (share, share < 1 ? reason : "") }
        isFree.store(share == 1, ordering: .relaxed)
    }

    /// What holds now, and the seconds rested so far.
    var report: (share: Double, reason: String, restedSeconds: Double) {
        state.withLock { ($0.share, $0.reason, $0.rested / .seconds(1)) }
    }

    /// Work begins.
    func begin() {
        guard !isFree.load(ordering: .relaxed) else { return }
        state.withLock { $0.mark = .now }
    }

    /// Rests for the work since the last call, if it is worth it; `prepare` is called before.
    func rest(_ isCancelled: () -> Bool, _ prepare: () -> Void) {
        guard !isFree.load(ordering: .relaxed) else { return }
        let due = state.withLock { state in
            let now = ContinuousClock.now
            let worked = now - (state.mark ?? now)
            state.mark = now
            state.owed = min(Self.longest, state.owed + worked * (1 / state.share - 1))
            return state.owed
        }
        guard due >= Self.shortest else { return }
        prepare()
        sleep(due, isCancelled)
    }

    private func sleep(_ duration: Duration, _ isCancelled: () -> Bool) {
        let start = ContinuousClock.now
        while .now - start < duration, !isCancelled(), !isFree.load(ordering: .relaxed) {
            var time = timespec(tv_sec: 0, tv_nsec: Int(Self.slice / .nanoseconds(1)))
            _ = unsafe nanosleep(&time, nil)
            // A rest is as long as it is meant to be: whoever takes it is not stuck.
            WorkProgress.advance()
        }
        state.withLock { state in
            let now = ContinuousClock.now
            state.rested += now - start
            state.owed = .zero
            state.mark = now
        }
    }
}
