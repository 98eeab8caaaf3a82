import CLinux
import Glibc

/// Tells the service manager how the daemon is (the protocol of `sd_notify(3)`). Does nothing where there is none.
public struct ServiceNotifier: Sendable {
    private let path: String?
    /// The service manager ends a daemon that is silent for so long; `nil` if it does not.
    public let watchdogInterval: Duration?

    /// Takes the socket's path from `NOTIFY_SOCKET` and the watchdog's time from `WATCHDOG_USEC` (if it is meant for this
    /// process, `WATCHDOG_PID`), which children no longer see.
    public init() {
        path = Self.take("NOTIFY_SOCKET")
        let (process, time) = (Self.take("WATCHDOG_PID"), Self.take("WATCHDOG_USEC").flatMap { Int($0) })
        let isOurs = process.map { $0 == String(getpid()) } ?? true
        watchdogInterval = path != nil && isOurs ? time.flatMap { $0 > 0 ? .microseconds($0) : nil } : nil
    }

    private static func take(_ name: String) -> String? {
        defer { unsafe unsetenv(name) }
        return unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// The daemon serves requests.
    public func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

    /// One line for people.
    public func status(_ status: String) { send("STATUS=\(Self.line(status))") }

    /// The daemon reads its configuration again; `ready` ends it.
    public func reloading() {
        send("RELOADING=1\nMONOTONIC_USEC=\(cl_monotonic_nanoseconds() / 1000)\nSTATUS=reading the configuration again")
    }

    /// What the daemon is about, starting or stopping, takes so much longer from now.
    public func extendTimeout(_ duration: Duration) {
        send("EXTEND_TIMEOUT_USEC=\(Int(duration / .microseconds(1)))")
    }

    /// The daemon gets on, or is idle and answers.
    public func alive() { send("WATCHDOG=1") }

    /// The daemon is about to end.
    public func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(Self.line(status))") }

    private func send(_ message: String) {
        guard let path else { return }
        let bytes = Array(message.utf8)
        // A manager that does not listen must not stop the daemon.
        _ = unsafe cl_send_datagram(path, bytes, bytes.count)
    }

    private static func line(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 < 32 ? 32 : $0 }, as: UTF8.self)
    }
}
