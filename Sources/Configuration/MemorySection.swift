/// `[memory]`: what the engine may take.
public struct MemorySection: ConfigurationSection {
    /// Bytes for weights, caches and scratch; `nil` is what machine and cgroup allow.
    public var budget: Int?
    /// Whether the expert cache shrinks when others need memory.
    public var yields = true

    /// The table's name.
    public static let name = "memory"
    /// Its keys.
    public static let settings: [Setting<Self>] = [
        Setting("budget", \.budget, .optional(.size)), Setting("yields", \.yields, .flag),
    ]

    /// The defaults.
    public init() {}
}
