/// Evicts the expert that was read first, whatever was used since: the plainest policy, to compare with.
public struct FirstInFirstOut: EvictionPolicy {
    private var arrivals = LeastRecentlyUsed()
    private var known: Set<ExpertKey> = []

    /// A policy that knows no expert.
    public init() {}

    /// Makes `key` the newest if it is new.
    public mutating func use(_ key: ExpertKey, tokenCount: Int) {
        if known.insert(key).inserted { arrivals.use(key) }
    }

    /// The oldest that may go.
    public mutating func evict(where mayGo: (ExpertKey) -> Bool) -> ExpertKey? {
        guard let key = arrivals.evict(where: mayGo) else { return nil }
        known.remove(key)
        return key
    }
}
