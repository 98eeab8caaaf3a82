import Checkpoint
import Inference
import JSON
import Memory
import Server
import Tokenizer

/// Why a command failed: a line for the user and an exit code.
struct CommandFailure: Error {
    let message: String
    let exitCode: Int32

    init(_ message: String, exitCode: Int32 = ExitStatus.failure) {
        self.message = message
        self.exitCode = exitCode
    }

    /// The daemon could not be reached, or broke off.
    init(_ error: ClientError) {
        self.init(error.description, exitCode: ExitStatus.unreachable)
    }

    /// The daemon's `error` object.
    init(daemon error: JSONValue?, status: Int) {
        let message = error?["message"]?.stringValue ?? "the daemon answered with status \(status)"
        let exitCode =
            switch error?["code"]?.stringValue {
            case "model_invalid": ExitStatus.modelInvalid
            case "model_does_not_fit": ExitStatus.doesNotFit
            default: ExitStatus.failure
            }
        self.init(Terminal.printable(message), exitCode: exitCode)
    }

    /// Any failure of a command.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as ClientError: self.init(error)
        case let error as GenerationError:
            let exitCode =
                switch error.code {
                case .modelInvalid: ExitStatus.modelInvalid
                case .doesNotFit: ExitStatus.doesNotFit
                default: ExitStatus.failure
                }
            self.init(error.message, exitCode: exitCode)
        case let error as CheckpointError:
            let isOutput = error.code == .unwritable || error.code == .diskFull
            self.init(error.description, exitCode: isOutput ? ExitStatus.failure : ExitStatus.modelInvalid)
        case let error as TokenizerError: self.init("\(error)", exitCode: ExitStatus.modelInvalid)
        case let error as MemoryError: self.init(error.message, exitCode: ExitStatus.doesNotFit)
        case is CancellationError: self.init("interrupted", exitCode: Terminal.ExitStatusCode.interrupted)
        default: self.init("\(error)")
        }
    }
}
