import Glibc

/// What is being measured, on standard error: one line that is overwritten on a terminal, else a line now and then.
final class Progress {
    private let isTerminal = isatty(2) == 1
    private var last = ContinuousClock.now

    func show(_ text: String) {
        let now = ContinuousClock.now
        guard isTerminal || now - last > .seconds(5) else { return }
        last = now
        write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n")
    }

    func clear() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
