import Inference
import Synchronization

/// Notices an engine that has work and does not get on with it. Safe from any thread.
///
/// Progress is an event of any request, another request at the head of the queue, or an expert found or read: a long
/// prompt on a slow disk is slow, not stuck.
final class ProgressWatch: Sendable {
    private struct Mark: Equatable {
        var requestID: Int
        var useCount: Int
        var readByteCount: Int
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
        let paging = generator.paging()
        let mark = Mark(
            requestID: running.id,
            useCount: paging.map { $0.hitCount + $0.aheadHitCount + $0.missCount } ?? 0,
            readByteCount: paging?.readByteCount ?? 0)
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
