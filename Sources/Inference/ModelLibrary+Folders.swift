import Glibc

/// Where models are looked for.
extension ModelLibrary {
    /// `MINKE_MODELS` (folders separated by colons) if set, else the system's folder, the user's own, and that of packages.
    public static func standardFolders() -> [String] {
        if let folders = environment("MINKE_MODELS") { return folders.split(separator: ":").map { String($0) } }
        var folders = ["/var/lib/minke/models"]
        if let data = environment("XDG_DATA_HOME") {
            folders.append(data + "/minke/models")
        } else if let home = environment("HOME") {
            folders.append(home + "/.local/share/minke/models")
        }
        return folders + ["/usr/share/minke/models"]
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}
