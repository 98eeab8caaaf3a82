import ArgumentParser
import CLinux
import Configuration
import Glibc
import Inference
import Server

/// The daemon's entry.
@main
enum Main {
    static func main() {
        // Threads inherit the mask: this comes before the first of them.
        Signals.block()
        cl_keep_little_memory()
        _ = cl_raise_file_limit()
        Task.detached { exit(await run()) }
        Signals.wait()
    }

    private static func run() async -> Int32 {
        do {
            try await Daemon.parse().serve()
        } catch {
            return report(error)
        }
        return ExitStatus.success
    }

    /// Tells the user and returns the exit code.
    private static func report(_ error: any Error) -> Int32 {
        switch error {
        case let error as GenerationError:
            write("minked: \(error.message)", STDERR_FILENO)
            switch error.code {
            case .modelInvalid: return ExitStatus.modelInvalid
            case .doesNotFit: return ExitStatus.doesNotFit
            default: return ExitStatus.failure
            }
        case let errors as ConfigurationErrors:
            for error in errors.all { write("\(error)", STDERR_FILENO) }
            return ExitStatus.usage
        case let error as ServerError:
            write("minked: \(error)", STDERR_FILENO)
            return ExitStatus.failure
        default:
            let code = Daemon.exitCode(for: error)
            write(Daemon.fullMessage(for: error), code.isSuccess ? STDOUT_FILENO : STDERR_FILENO)
            return code.isSuccess ? ExitStatus.success : ExitStatus.usage
        }
    }

    static func write(_ line: String, _ descriptor: Int32) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe cl_write_all(descriptor, bytes, bytes.count)
    }
}
