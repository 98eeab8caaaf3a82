/// Policies by the names that commands know them by.
public enum PolicyName: String, Sendable, CaseIterable {
    /// The next use expected latest: what the engine uses.
    case expected
    /// The least frequently used, with decay.
    case lfu
    /// The least recently used.
    case lru
    /// First in, first out.
    case fifo

    /// What the engine uses.
    public static let standard = PolicyName.expected

    /// A new policy of this name.
    public func make() -> any EvictionPolicy {
        switch self {
        case .expected: LatestExpectedUse()
        case .lfu: DecayedFrequency()
        case .lru: LeastRecentlyUsed()
        case .fifo: FirstInFirstOut()
        }
    }
}
