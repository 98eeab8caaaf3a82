import Inference
import Synchronization

/// What the service has done since it started. Safe from any thread.
final class ServiceCounters: Sendable {
    /// One request.
    struct Ending: Hashable, Sendable {
        var dialect: Dialect
        var outcome: AnswerOutcome
    }

    /// The sums.
    struct Sums: Sendable {
        var endings: [Ending: Int] = [:]
        var promptTokenCount = 0
        var cachedTokenCount = 0
        var completionTokenCount = 0
        var loadSeconds = 0.0
        var prefillSeconds = 0.0
        var decodeSeconds = 0.0
    }

    private let state = Mutex(Sums())

    /// The sums so far.
    var sums: Sums { state.withLock { $0 } }

    /// Counts a request that has ended.
    func count(_ dialect: Dialect, _ outcome: AnswerOutcome) {
        state.withLock { $0.endings[Ending(dialect: dialect, outcome: outcome), default: 0] += 1 }
    }

    /// Adds what an answer took.
    func add(_ summary: GenerationSummary) {
        state.withLock {
            $0.promptTokenCount += summary.promptTokenCount
            $0.cachedTokenCount += summary.cachedTokenCount
            $0.completionTokenCount += summary.completionTokenCount
            $0.loadSeconds += summary.loadSeconds
            $0.prefillSeconds += summary.prefillSeconds
            $0.decodeSeconds += summary.decodeSeconds
        }
    }
}
