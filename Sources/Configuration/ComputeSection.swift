/// `[compute]`: who computes.
public struct ComputeSection: ConfigurationSection {
    /// Threads; `nil` is one per processor.
    public var threads: Int?

    /// The table's name.
    public static let name = "compute"
    /// Its keys.
    public static let settings: [Setting<Self>] = [Setting("threads", \.threads, .optional(.integer(1...1024)))]

    /// The defaults.
    public init() {}
}
