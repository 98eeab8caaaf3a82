import Logging

/// Events that have a name of their own in the journal (`MESSAGE_ID`) and an entry in its catalogue
/// (`systemd/minke.catalog`).
public enum EventIdentifier: String, CaseIterable, Sendable {
    /// The daemon serves requests.
    case ready = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b101"
    /// The daemon was told to end.
    case stopping = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b102"
    /// A new configuration is in force.
    case reloaded = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b103"
    /// A new configuration has mistakes; the old one stays.
    case reloadRefused = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b104"
    /// A model is in memory.
    case modelLoaded = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b105"
    /// A model has left memory.
    case modelLetGo = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b106"
    /// Work does not get on: the watchdog will end the daemon.
    case stuck = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b107"
    /// The expert cache begins to give memory back.
    case memoryPressure = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b108"
    /// The engine begins to rest, because of heat or a weak supply.
    case paced = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b109"
    /// The engine works at full pace again.
    case unpaced = "4f0d5a4ab7c84c8d9f9d2ce5c2f4b10a"
}

extension Logger {
    /// Logs a named event; `fields` are upper-case names of the journal's fields.
    public func event(
        _ identifier: EventIdentifier, _ level: Logger.Level, _ message: Logger.Message,
        _ fields: Logger.Metadata = [:], file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        let metadata = fields.merging(["MESSAGE_ID": "\(identifier.rawValue)"]) { $1 }
        log(level: level, message, metadata: metadata, file: file, function: function, line: line)
    }
}
