import Inference

/// The events of one generation, counted as they pass by.
struct GenerationEvents: AsyncSequence, Sendable {
    typealias Element = GenerationEvent

    /// Reads the engine's stream.
    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var events: AsyncThrowingStream<GenerationEvent, any Error>.AsyncIterator
        fileprivate let counters: ServiceCounters
        fileprivate let progress: ProgressWatch

        mutating func next() async throws -> GenerationEvent? {
            let event = try await events.next()
            progress.note()
            if case .finished(let summary) = event { counters.add(summary) }
            return event
        }
    }

    let events: AsyncThrowingStream<GenerationEvent, any Error>
    let counters: ServiceCounters
    let progress: ProgressWatch

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(events: events.makeAsyncIterator(), counters: counters, progress: progress)
    }
}
