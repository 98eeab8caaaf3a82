import CLinux
import Glibc
import Server

/// Whether this user may talk to the daemon, and the daemon to the board's lines.
struct AccessCheck {
    let tree: KernelTree
    var socketPath = SocketPath.standard()

    var findings: [Finding] { [socket] + chips }

    private var socket: Finding {
        switch unsafe cl_unix_probe(socketPath) {
        case 0: return Finding(.good, "socket", "the daemon listens at \(socketPath)")
        case -ENOENT:
            return Finding(
                .note, "socket", "nobody listens at \(socketPath)",
                do: "'sudo systemctl start minked.socket', or 'minked &'; 'minke run' starts a daemon itself")
        case -ECONNREFUSED:
            return Finding(
                .warning, "socket", "\(socketPath) is left over: nobody answers there",
                do: "'sudo systemctl restart minked.socket'")
        case -EACCES, -EPERM:
            return Finding(
                .problem, "socket", "you may not open \(socketPath)",
                do: "'sudo usermod -aG minke $USER', then log out and in again")
        case -ENOTSOCK:
            return Finding(
                .problem, "socket", "\(socketPath) is no socket", do: "remove it and start the daemon again")
        case let status:
            let reason = unsafe String(cString: strerror(-status))
            return Finding(.problem, "socket", "\(socketPath) cannot be opened: \(reason)")
        }
    }

    private var chips: [Finding] {
        let paths = tree.entries("/dev", prefix: "gpiochip")
        guard !paths.isEmpty else {
            return [Finding(.note, "GPIO", "this machine has no GPIO chip; lights and a button cannot be connected")]
        }
        let closed = paths.filter { unsafe access(tree.root + $0, R_OK | W_OK) != 0 }
        guard !closed.isEmpty else {
            return [Finding(.good, "GPIO", paths.joined(separator: ", ") + " can be opened")]
        }
        return [
            Finding(
                .note, "GPIO", "you may not open \(closed.joined(separator: ", ")); only the daemon needs to",
                do: "the package gives them to the group 'minke' (udev rule 'minke.rules'); for a daemon of your own: "
                    + "'sudo usermod -aG gpio $USER'")
        ]
    }
}
