/// `[log]`: what is written down.
public struct LogSection: ConfigurationSection {
    /// Levels, the least important first.
    public enum Level: String, CaseIterable, Sendable {
        case debug
        case info
        case notice
        case warning
        case error
    }

    /// The least important that is written.
    public var level = Level.info

    /// The table's name.
    public static let name = "log"
    /// Its keys.
    public static let settings: [Setting<Self>] = [Setting("level", \.level, .choice, isLive: true)]

    /// The defaults.
    public init() {}
}
