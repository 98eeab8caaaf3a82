/// `[server]`: the socket, who waits how long, and when the daemon ends.
public struct ServerSection: ConfigurationSection {
    /// Where to listen unless a socket is inherited; `nil` chooses.
    public var socket: String?
    /// Requests that may wait.
    public var queue = 64
    /// Answers that are generated together at most.
    public var sessions = 2
    /// How long running answers may take once the daemon is told to stop.
    public var drain = Duration.seconds(10)
    /// How long without a request until the daemon ends; `nil` never does.
    public var idleExit: Duration?

    /// The table's name.
    public static let name = "server"
    /// Its keys.
    public static let settings: [Setting<Self>] = [
        Setting("socket", \.socket, .optional(.text)),
        Setting("queue", \.queue, .integer(0...100_000), isLive: true),
        Setting("sessions", \.sessions, .integer(1...8)),
        Setting("drain", \.drain, .duration(.zero ... .seconds(3600)), isLive: true),
        Setting("idle_exit", \.idleExit, .duration(or: "never"), isLive: true),
    ]

    /// The defaults.
    public init() {}
}
