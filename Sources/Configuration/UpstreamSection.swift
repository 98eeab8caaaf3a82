/// `[upstream]`: another server that answers for models that are not held here.
public struct UpstreamSection: ConfigurationSection {
    /// Its address; `nil` if there is none.
    public var url: String?
    /// The models that it answers for.
    public var models: [String] = []
    /// A file with the token that it wants.
    public var tokenFile: String?

    /// The table's name.
    public static let name = "upstream"
    /// Its keys.
    public static let settings: [Setting<Self>] = [
        Setting("url", \.url, .optional(.text)),
        Setting("models", \.models, .texts),
        Setting("token_file", \.tokenFile, .optional(.text)),
    ]

    /// The defaults.
    public init() {}
}
