/// `[cache]`: contexts that outlive the process.
public struct CacheSection: ConfigurationSection {
    /// Whether anything is kept.
    public var enabled = true
    /// Where; `nil` is the service's or the user's cache folder.
    public var folder: String?
    /// Bytes on disk.
    public var size = 1 << 30

    /// The table's name.
    public static let name = "cache"
    /// Its keys.
    public static let settings: [Setting<Self>] = [
        Setting("enabled", \.enabled, .flag),
        Setting("folder", \.folder, .optional(.text)),
        Setting("size", \.size, .size),
    ]

    /// The defaults.
    public init() {}
}
