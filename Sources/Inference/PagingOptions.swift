import ExpertStore

/// How weights that do not fit in memory are paged. None of it changes what is computed.
public struct PagingOptions: Sendable {
    /// Which expert leaves when a slot is needed.
    public var policy: PolicyName
    /// Whether experts that the next layer will probably choose are read while the disk would be idle, as long as that
    /// hides more time than wrong forecasts cost.
    public var readsAhead: Bool
    /// Whether slots are filled with what earlier runs used most, and what this one uses is remembered.
    public var startsWarm: Bool

    /// The options that serve best.
    public init(policy: PolicyName = .standard, readsAhead: Bool = true, startsWarm: Bool = true) {
        self.policy = policy
        self.readsAhead = readsAhead
        self.startsWarm = startsWarm
    }

    /// Paging that is the same in every run: nothing is taken from earlier ones.
    public static let cold = PagingOptions(startsWarm: false)
}
