import Kernels
import Synchronization

/// Says on standard error what a command waits for, once that takes more than two seconds and if a person looks.
final class ProgressLine: Sendable {
    private struct State {
        var latest: (processed: Int, total: Int)?
        /// What is waited for instead, in words.
        var note: String?
        /// Where the work began: not at 0 if an earlier run has done a part.
        var first: (processed: Int, time: ContinuousClock.Instant)?
        var isShown = false
        var isEnded = false
    }

    private let state = Mutex(State())
    private let began = ContinuousClock.now

    private let activity: String
    private let unit: String

    /// Starts to show; `end` must follow.
    init(doing activity: String = "reading the prompt", unit: String = "tokens") {
        self.activity = activity
        self.unit = unit
        guard Terminal.errorIsTerminal else { return }
        Task { [self] in
            try? await Task.sleep(for: .seconds(2))
            while show() { try? await Task.sleep(for: .milliseconds(500)) }
        }
    }

    /// How far the work is.
    func update(processed: Int, total: Int) {
        state.withLock { state in
            state.latest = (processed, total)
            state.note = nil
            if state.first == nil { state.first = (processed, ContinuousClock.now) }
        }
    }

    /// What is waited for, where there is nothing to count.
    func update(_ note: String) { state.withLock { $0.note = note } }

    /// Takes the line away.
    func end() {
        state.withLock { state in
            if state.isShown { Terminal.errorText("\r\u{1B}[2K") }
            state.isShown = false
            state.isEnded = true
        }
    }

    /// `importing: 512/9010 MB, 640 MB/s, 13 s left`
    private func describe(_ state: State) -> String {
        let now = ContinuousClock.now
        if let note = state.note { return "\(note), \(Int((now - began).seconds)) s" }
        guard let latest = state.latest, let first = state.first else {
            return "waiting, \(Int((now - began).seconds)) s"
        }
        var line = "\(activity): \(latest.processed)/\(latest.total) \(unit)"
        let rate = Double(latest.processed - first.processed) / max((now - first.time).seconds, 0.001)
        guard rate > 0 else { return line + ", \(Int((now - began).seconds)) s" }
        line += rate < 10 ? ", \((rate * 10).rounded() / 10) \(unit)/s" : ", \(Int(rate)) \(unit)/s"
        return line + ", \(Int(Double(latest.total - latest.processed) / rate + 0.5)) s left"
    }

    private func show() -> Bool {
        state.withLock { state in
            guard !state.isEnded else { return false }
            Terminal.errorText("\r\u{1B}[2K" + describe(state))
            state.isShown = true
            return true
        }
    }
}
