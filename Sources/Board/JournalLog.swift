import CLinux
import Glibc
import Logging

/// Writes log entries with their fields to the journal (its native protocol: one datagram an entry).
///
/// Metadata becomes fields: upper-case names (`MESSAGE_ID`, `MINKE_MODEL`) as they are, others as `MINKE_NAME`. What the
/// journal does not take goes to standard error.
public struct JournalLog: LogHandler {
    /// Fields of every entry.
    public var metadata: Logger.Metadata = [:]
    private let path: String
    private let fallback = StandardErrorLog()

    /// Longer messages are cut: a datagram must fit into the socket's buffer.
    private static let mostBytes = 32 << 10

    /// A handler if the service manager has connected standard error with the journal, as `JOURNAL_STREAM` tells.
    public static func ofThisService() -> JournalLog? {
        guard let variable = unsafe getenv("JOURNAL_STREAM"), unsafe cl_is_stream(STDERR_FILENO, variable) == 1
        else { return nil }
        return JournalLog(socketPath: "/run/systemd/journal/socket")
    }

    /// A handler for a journal that listens elsewhere.
    public init(socketPath: String) { path = socketPath }

    /// The least level that is written.
    public var logLevel: Logger.Level {
        get { LogThreshold.current }
        set { LogThreshold.current = newValue }
    }

    /// A field of every entry.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event.
    public func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
        var datagram: [UInt8] = []
        Self.append("MESSAGE", event.message.description, to: &datagram)
        Self.append("PRIORITY", "\(event.level.syslogPriority)", to: &datagram)
        Self.append("SYSLOG_IDENTIFIER", "minked", to: &datagram)
        Self.append("CODE_FILE", event.file, to: &datagram)
        Self.append("CODE_LINE", "\(event.line)", to: &datagram)
        Self.append("CODE_FUNC", event.function, to: &datagram)
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            Self.append(Self.fieldName(key), "\(value)", to: &datagram)
        }
        if unsafe cl_send_datagram(path, datagram, datagram.count) < 0 { fallback.log(event: event) }
    }

    /// `NAME=value` where the value is one line; else the name, the length as 64 bits and the value.
    private static func append(_ name: String, _ value: String, to datagram: inout [UInt8]) {
        let bytes = value.utf8.prefix(mostBytes)
        datagram += name.utf8
        if bytes.contains(10) {
            datagram.append(10)
            datagram += (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
        } else {
            datagram.append(UInt8(ascii: "="))
        }
        datagram += bytes
        datagram.append(10)
    }

    /// The journal takes upper-case letters, digits and underscores, up to 64 of them.
    private static func fieldName(_ key: String) -> String {
        if StandardErrorLog.isField(key) { return String(key.prefix(64)) }
        let name = key.uppercased().utf8.map { byte in
            (65...90).contains(byte) || (48...57).contains(byte) ? byte : UInt8(ascii: "_")
        }
        return "MINKE_" + String(decoding: name.prefix(58), as: UTF8.self)
    }
}

extension Logger.Level {
    /// As in syslog(3).
    var syslogPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
