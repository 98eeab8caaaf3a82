import Server

/// Where a daemon keeps what it could make again.
enum CacheFolder {
    /// What systemd says, else the user's own folder; `nil` where there is none.
    static func standard() -> String? {
        // systemd may name several, the first is ours.
        if let given = SocketPath.environment("CACHE_DIRECTORY") {
            return given.split(separator: ":").first.map(String.init)
        }
        if let given = SocketPath.environment("XDG_CACHE_HOME") { return given + "/minke" }
        return SocketPath.environment("HOME").map { $0 + "/.cache/minke" }
    }
}
