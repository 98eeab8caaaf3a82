/// Evicts the expert that was used least often, older uses counting less.
public struct DecayedFrequency: EvictionPolicy {
    private var rates: UsageRates
    private var heap = ExpertHeap()

    /// A policy that knows no expert; a use counts half after `halfLife` tokens.
    public init(halfLife: Double = 24) { rates = UsageRates(halfLife: halfLife) }

    /// Lets time pass for `layer`.
    public mutating func visit(layer: Int, tokenCount: Int) { rates.visit(layer: layer, tokenCount: tokenCount) }

    /// Counts the uses of `key`.
    public mutating func use(_ key: ExpertKey, tokenCount: Int) {
        heap.set(key, priority: rates.use(key, tokenCount: tokenCount))
    }

    /// Gives `key` the place that its earlier uses deserve.
    public mutating func admit(_ key: ExpertKey) { heap.set(key, priority: rates.logarithm(of: key)) }

    /// Counts uses of an earlier run.
    public mutating func learn(_ key: ExpertKey, rate: Double) { rates.learn(key, rate: rate) }

    /// The least used that may go.
    public mutating func evict(where mayGo: (ExpertKey) -> Bool) -> ExpertKey? {
        guard let key = heap.first(where: mayGo)?.key else { return nil }
        heap.remove(key)
        return key
    }
}
