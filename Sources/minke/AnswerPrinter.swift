import Inference
import Synchronization

/// Prints an answer as it arrives, and keeps its text and counts.
final class AnswerPrinter: Sendable {
    private struct State {
        var text = ""
        var summary: GenerationSummary?
    }

    private let state = Mutex(State())
    private let progress = ProgressLine()
    private let prints: Bool

    /// Makes a printer; one that does not print only collects.
    init(prints: Bool) { self.prints = prints }

    /// What has arrived.
    var text: String { state.withLock { $0.text } }
    /// The counts of a complete answer.
    var summary: GenerationSummary? { state.withLock { $0.summary } }

    /// Acts on an event.
    func receive(_ event: GenerationEvent) {
        switch event {
        case .queued(let ahead): progress.update("\(ahead) before you")
        case .admitted: break
        case .prefill(let processed, let total): progress.update(processed: processed, total: total)
        case .answer(let parts, _): for part in parts { receive(part) }
        case .finished(let summary): state.withLock { $0.summary = summary }
        }
    }

    private func receive(_ part: AnswerPart) {
        switch part {
        case .content(let piece):
            if prints {
                progress.end()
                Terminal.output(piece)
            }
            state.withLock { $0.text += piece }
        case .reasoning: progress.update("thinking")
        case .call, .arguments: break
        }
    }

    /// Ends the line that was printed last, whatever happened.
    func end() {
        progress.end()
        if prints, let last = text.utf8.last, last != UInt8(ascii: "\n") { Terminal.output("\n") }
    }
}
