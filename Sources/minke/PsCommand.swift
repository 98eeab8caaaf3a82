import ArgumentParser
import JSON

/// `minke ps`: what the daemon is doing.
struct PsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ps", abstract: "Show what the daemon is doing.")

    @OptionGroup var connection: SocketOptions
    @Flag(help: "Print the daemon's status as JSON.")
    var json = false

    func run() async throws {
        let status = try await DaemonClient(socketPath: try connection.path).get("/v1/status")
        if json { return Terminal.output(status.serialized() + "\n") }
        let fields = [
            ("daemon", "\(text(status["state"])), pid \(text(status["pid"])), version \(text(status["version"]))"),
            ("uptime", "\(text(status["uptime_seconds"])) s"),
            ("model", status["model"]?.stringValue.map(Terminal.printable) ?? "none loaded"),
            ("context", status["context_length"]?.intValue.map { "\($0) tokens" } ?? "-"),
            ("paging", status["paging"].flatMap(Self.paging) ?? "-"),
            ("queue", text(status["queue_depth"])),
            ("served", text(status["requests_served"])),
        ]
        for (name, value) in fields {
            Terminal.output(name + String(repeating: " ", count: 10 - name.count) + value + "\n")
        }
    }

    private static func paging(_ counts: JSONValue) -> String? {
        guard let hitRate = counts["hit_rate"]?.doubleValue, let bytes = counts["bytes_read"]?.intValue,
            let stalled = counts["stalled_ms"]?.doubleValue, let rate = counts["disk_bytes_per_second"]?.doubleValue
        else { return nil }
        return "\(Int((hitRate * 100).rounded())) % hits, \(bytes / 1_000_000) MB read at \(Int(rate / 1e6)) MB/s, "
            + "\(Int(stalled / 1000)) s waited for the disk"
    }

    private func text(_ value: JSONValue?) -> String {
        value?.stringValue.map(Terminal.printable) ?? value?.serialized() ?? "-"
    }
}
