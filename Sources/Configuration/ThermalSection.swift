/// `[thermal]`: resting before the board gets too hot.
public struct ThermalSection: ConfigurationSection {
    /// Whether the engine rests at all.
    public var enabled = true
    /// Degrees Celsius that are not to be reached; `nil` takes the trip points of the board.
    public var limit: Double?

    /// The table's name.
    public static let name = "thermal"
    /// Its keys.
    public static let settings: [Setting<Self>] = [
        Setting("enabled", \.enabled, .flag), Setting("limit", \.limit, .optional(.number(30...120))),
    ]

    /// The defaults.
    public init() {}
}
