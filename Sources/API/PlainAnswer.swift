import Inference
import Server

/// An answer sent as one JSON document when it is complete.
struct PlainAnswer<Encoder: AnswerEncoder> {
    let encoder: Encoder
    let writer: ResponseWriter

    /// Waits for the answer and sends it; returns early if the client leaves.
    func run(_ events: GenerationEvents) async throws -> AnswerOutcome {
        var answer = CollectedAnswer()
        var summary: GenerationSummary?
        do {
            for try await event in events {
                switch event {
                case .queued, .admitted, .prefill: break
                case .answer(let parts, let probabilities): answer.add(parts, probabilities)
                case .finished(let counts): summary = counts
                }
            }
        } catch {
            guard !Task.isCancelled else { return .abandoned }
            throw APIError(generation: error)
        }
        guard !Task.isCancelled else { return .abandoned }
        guard let summary else { throw APIError.endedEarly }
        writer.annotate(summary.note)
        try await writer.send(.json(encoder.document(answer, summary)))
        return .completed
    }
}
