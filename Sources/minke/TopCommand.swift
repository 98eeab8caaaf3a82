import ArgumentParser
import CLinux

/// `minke top`: what the daemon is doing, all the time.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch what the daemon is doing.", discussion: "Ctrl-C ends it.")

    @OptionGroup var connection: SocketOptions
    @Option(help: ArgumentHelp("Look this often.", valueName: "seconds"))
    var interval = 1.0

    func validate() throws {
        guard (0.1...3600).contains(interval) else { throw ValidationError("--interval must be 0.1 to 3600") }
    }

    func run() async throws {
        let daemon = DaemonClient(socketPath: try connection.path)
        let isScreen = Terminal.outputIsTerminal
        var before: (tokens: Int, time: ContinuousClock.Instant)?
        while true {
            let status = try await daemon.get("/v1/status")
            var lines = StatusReport(status).lines
            let tokens = status["tokens_generated"]?.intValue ?? 0
            let now = ContinuousClock.now
            if let before {
                let rate = Double(tokens - before.tokens) / ((now - before.time) / .seconds(1))
                lines.append("speed     \((rate * 10).rounded() / 10) tokens/s")
            }
            before = (tokens, now)
            // Home, the lines with what is left of longer ones erased, and the rest of the screen erased.
            let text =
                isScreen
                ? "\u{1B}[H" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J"
                : lines.joined(separator: "\n") + "\n\n"
            Terminal.output(text)
            try await Task.sleep(for: .seconds(interval))
        }
    }
}
