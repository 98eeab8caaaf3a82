/// What the daemon is told by files, environment and command line.
public struct Configuration: Sendable, Equatable {
    /// `[server]`
    public var server = ServerSection()
    /// `[model]`
    public var model = ModelSection()
    /// `[memory]`
    public var memory = MemorySection()
    /// `[compute]`
    public var compute = ComputeSection()
    /// `[cache]`
    public var cache = CacheSection()
    /// `[upstream]`
    public var upstream = UpstreamSection()
    /// `[thermal]`
    public var thermal = ThermalSection()
    /// `[gpio]`
    public var gpio = GpioSection()
    /// `[log]`
    public var log = LogSection()

    /// All sections, in the order of the shipped file.
    static let sections = [
        SectionEntry(\.server), SectionEntry(\.model), SectionEntry(\.memory), SectionEntry(\.compute),
        SectionEntry(\.cache), SectionEntry(\.upstream), SectionEntry(\.thermal), SectionEntry(\.gpio),
        SectionEntry(\.log),
    ]

    /// The defaults.
    public init() {}

    /// A key whose value is another one after a reload.
    public struct Change: Sendable, Equatable {
        /// `section.key`
        public let key: String
        /// Whether the running daemon takes it.
        public let isLive: Bool
    }

    /// The keys in which `other` differs.
    public func changes(to other: Configuration) -> [Change] { Self.sections.flatMap { $0.changes(self, other) } }

    /// All keys as `section.key`, in the order of the sections.
    public static var keys: [String] { sections.flatMap { section in section.keys.map { "\(section.name).\($0)" } } }
}
