import ArgumentParser
import JSON

/// `minke ps`: what the daemon is doing.
struct PsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "Show what the daemon is doing.", aliases: ["status"])

    @OptionGroup var connection: SocketOptions
    @Flag(help: "Print the daemon's status as JSON.")
    var json = false

    func run() async throws {
        let status = try await DaemonClient(socketPath: try connection.path).get("/v1/status")
        if json { return Terminal.output(status.serialized() + "\n") }
        for line in StatusReport(status).lines { Terminal.output(line + "\n") }
    }
}
