/// `[model]`: which models there are, and how one is run.
public struct ModelSection: ConfigurationSection {
    /// Arithmetic.
    public enum Precision: String, CaseIterable, Sendable {
        /// Integer products where there are kernels.
        case int8
        /// The reference.
        case f32
    }

    /// The model of requests that name none: a name, a file or a folder.
    public var standard: String?
    /// Where models are looked for; empty means the usual places.
    public var folders: [String] = []
    /// How long a model stays in memory after the last request that does not say; `nil` keeps it.
    public var keepAlive: Duration?
    /// Longest context in tokens; `nil` leaves it to the engine.
    public var context: Int?
    /// Arithmetic of the models.
    public var precision = Precision.int8

    /// The table's name.
    public static let name = "model"
    /// Its keys.
    public static let settings: [Setting<Self>] = [
        Setting("default", \.standard, .optional(.text), isLive: true),
        Setting("folders", \.folders, .texts, isLive: true),
        Setting("keep_alive", \.keepAlive, .duration(or: "forever"), isLive: true),
        Setting("context", \.context, .optional(.integer(1...(1 << 30)))),
        Setting("precision", \.precision, .choice),
    ]

    /// The defaults.
    public init() {}
}
