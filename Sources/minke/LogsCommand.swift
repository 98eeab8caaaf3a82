import ArgumentParser
import CLinux

/// `minke logs`: what the daemon has written to the journal.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show the daemon's log.",
        discussion: "Runs journalctl, which shows other users' services to members of adm and systemd-journal.")

    @Flag(name: .shortAndLong, help: "Go on as lines come.")
    var follow = false
    @Option(name: .shortAndLong, help: ArgumentHelp("Show the last lines.", valueName: "number"))
    var lines = 50

    func validate() throws {
        guard (0...1_000_000).contains(lines) else { throw ValidationError("--lines must be 0 to 1000000") }
    }

    func run() throws {
        let arguments = ["journalctl", "--unit=minked", "--lines=\(lines)"] + (follow ? ["--follow"] : ["--no-pager"])
        let block = arguments.map { Array($0.utf8) + [0] }.reduce([], +)
        let error = -(unsafe cl_become(block, block.count))
        throw CommandFailure(
            "journalctl cannot be run (errno \(error)); without systemd the log is where minked was started")
    }
}
