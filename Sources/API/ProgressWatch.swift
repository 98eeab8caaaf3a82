import Inference
import Synchronization

/// Notices an engine that has work and does not get on with it. Safe from any thread.
///
/// Progress is an event of any request, another request at the head of the queue, or any piece of work that is done: a
/// long prompt on a slow disk is slow, not stuck.
final class ProgressWatch: Sendable {
    private struct Mark: Equatable {
        var requestID: Int
        var workCount: Int
    }

    private struct State {
        var lastProgress = ContinuousClock.now
        var mark: Mark?
    }

    private let state = Mutex(State())

    /// Remembers that the engine said something.
    func note() { state.withLock { $0.lastProgress = .now } }

    /// How long the request that runs has not got on; `nil` if none runs.
    func silence(of generator: any TextGenerator) -> Duration? {
        guard let running = generator.queue().first else { return nil }
        let mark = Mark(requestID: running.id, workCount: generator.workCount())
        return state.withLock { state in
            let now = ContinuousClock.now
            if state.mark != mark {
                state.mark = mark
                state.lastProgress = now
            }
            return min(now - state.lastProgress, .seconds(running.ageSeconds))
        }
    }
}
