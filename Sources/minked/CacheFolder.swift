import Glibc

/// Where a daemon keeps what it could make again.
enum CacheFolder {
    /// What systemd says, else the user's own folder; `nil` where there is none.
    static func standard() -> String? {
        // systemd may name several, the first is ours.
        if let given = variable("CACHE_DIRECTORY") { return given.split(separator: ":").first.map(String.init) }
        if let given = variable("XDG_CACHE_HOME") { return given + "/minke" }
        return variable("HOME").map { $0 + "/.cache/minke" }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}
