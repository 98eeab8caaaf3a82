import CLinux
import Glibc

/// Why the daemon ends.
enum StopReason: Sendable, CustomStringConvertible {
    /// SIGTERM or SIGINT, or SIGHUP of a terminal that has gone.
    case signal(Int32)
    /// A client asked for it.
    case request
    /// No request for a while.
    case idle
    /// Another version is installed, and nothing runs.
    case retired

    /// Whether nothing ran when the daemon began to end.
    var isIdle: Bool {
        switch self {
        case .idle, .retired: true
        case .signal, .request: false
        }
    }

    /// For the log.
    var description: String {
        switch self {
        case .signal(SIGTERM): "SIGTERM"
        case .signal(SIGINT): "SIGINT"
        case .signal(let number): "signal \(number)"
        case .request: "a client's request"
        case .idle: "no request for a while"
        case .retired: "asked to make room, and nothing runs"
        }
    }
}
