import CLinux
import Glibc

/// Standard output and standard error, unbuffered.
enum Terminal {
    /// Whether a person reads standard error.
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    /// Whether a person reads standard output.
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    /// Whether a person types.
    static let inputIsTerminal = isatty(STDIN_FILENO) == 1

    /// Writes to standard output; ends the process quietly if its reader is gone.
    static func output(_ text: String) {
        if write(text, STDOUT_FILENO) == -EPIPE { exit(ExitStatusCode.brokenPipe) }
    }

    /// Writes a line to standard error.
    static func error(_ line: String) { _ = write(line + "\n", STDERR_FILENO) }

    /// Writes to standard error as it is.
    static func errorText(_ text: String) { _ = write(text, STDERR_FILENO) }

    private static func write(_ text: String, _ descriptor: Int32) -> Int32 {
        let bytes = Array(text.utf8)
        return unsafe cl_write_all(descriptor, bytes, bytes.count)
    }

    /// Text from elsewhere (model, daemon, log) without control characters that would steer a terminal.
    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }

    /// Exit codes of a shell's making.
    enum ExitStatusCode {
        /// 128 + SIGPIPE.
        static let brokenPipe: Int32 = 141
        /// 128 + SIGINT.
        static let interrupted: Int32 = 130
    }
}
