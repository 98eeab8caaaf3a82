import ArgumentParser
import CLinux
import Glibc
import Server

/// The command's entry: maps every failure to one line and one exit code.
@main
enum Main {
    static func main() {
        // Threads inherit the mask: this comes before the first of them.
        Interrupt.block()
        cl_keep_little_memory()
        Task.detached { exit(await run()) }
        Interrupt.wait()
    }

    private static func run() async -> Int32 {
        do {
            var command = try MinkeCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            return report(error)
        }
        return ExitStatus.success
    }

    private static func report(_ error: any Error) -> Int32 {
        let code = MinkeCommand.exitCode(for: error)
        // Help, version and wrong usage are the parser's to explain.
        if code.isSuccess || code == .validationFailure {
            let message = MinkeCommand.fullMessage(for: error)
            if code.isSuccess {
                Terminal.output(message + "\n")
                return ExitStatus.success
            }
            Terminal.error(message)
            return ExitStatus.usage
        }
        let failure = CommandFailure(error)
        if failure.exitCode != Terminal.ExitStatusCode.interrupted { Terminal.error("minke: \(failure.message)") }
        return failure.exitCode
    }
}
