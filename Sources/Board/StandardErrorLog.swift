import CLinux
import Glibc
import Logging

/// Writes log lines to standard error, with the `<N>` priority prefixes of `sd-daemon(3)` where the journal reads it.
public struct StandardErrorLog: LogHandler {
    /// Fields of every line.
    public var metadata: Logger.Metadata = [:]
    /// The least level that is written.
    public var logLevel: Logger.Level {
        get { LogThreshold.current }
        set { LogThreshold.current = newValue }
    }
    private let marksPriority: Bool

    /// Makes a handler.
    public init() {
        marksPriority = unsafe getenv("JOURNAL_STREAM") != nil
    }

    /// A field of every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event as one line.
    public func log(event: LogEvent) {
        var line = marksPriority ? "<\(event.level.syslogPriority)>" : "\(event.level): "
        // A message of several lines would be several entries, all but the first without a priority.
        line += event.message.description.split(separator: "\n").joined(separator: " ")
        let fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) where !Self.isField(key) {
            line += " \(key)=\(value)"
        }
        let bytes = Array((line + "\n").utf8)
        // One write a line: lines of several threads do not mix.
        _ = unsafe cl_write_all(STDERR_FILENO, bytes, bytes.count)
    }

    /// Whether a name is one of a field for the journal: for people the message says the same.
    static func isField(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
            && key.utf8.first.map { (65...90).contains($0) } == true
    }
}
