/// Evicts the expert whose next use is expected latest: the optimum's rule, with an estimate instead of the future.
///
/// An expert waits until its layer's turn comes, and from then on for as many tokens as the inverse of its rate.
/// Layers take turns, so an expert of the layer that was just computed waits a token longer than one of the next layer:
/// what decides between experts that were used equally often. Takes the time of a logarithm per use, and that of one
/// look at every layer per eviction.
public struct LatestExpectedUse: EvictionPolicy {
    private var rates: UsageRates
    /// Experts of each layer, the least used first.
    private var layers: [ExpertHeap] = []
    private var current = 0

    /// A policy that knows no expert; a use counts half after `halfLife` tokens. Between 12 and 48 that hardly
    /// matters (docs/paging.md).
    public init(halfLife: Double = 24) { rates = UsageRates(halfLife: halfLife) }

    /// Lets time pass for `layer`, whose turn it is.
    public mutating func visit(layer: Int, tokenCount: Int) {
        makeRoom(layer)
        rates.visit(layer: layer, tokenCount: tokenCount)
        current = layer
    }

    /// Counts the uses of `key`.
    public mutating func use(_ key: ExpertKey, tokenCount: Int) {
        makeRoom(key.layer)
        layers[key.layer].set(key, priority: rates.use(key, tokenCount: tokenCount))
    }

    /// Gives `key` the place that its earlier uses deserve.
    public mutating func admit(_ key: ExpertKey) {
        makeRoom(key.layer)
        layers[key.layer].set(key, priority: rates.logarithm(of: key))
    }

    /// Counts uses of an earlier run.
    public mutating func learn(_ key: ExpertKey, rate: Double) { rates.learn(key, rate: rate) }

    /// The one with the longest wait among those that may go.
    public mutating func evict(where mayGo: (ExpertKey) -> Bool) -> ExpertKey? {
        var longest: (key: ExpertKey, wait: Double)?
        for (layer, experts) in layers.enumerated() {
            guard let first = experts.first(where: mayGo) else { continue }
            let wait = turn(of: layer) + 1 / rates.rate(logarithm: first.priority, layer: layer)
            if longest.map({ wait > $0.wait }) ?? true { longest = (first.key, wait) }
        }
        guard let key = longest?.key else { return nil }
        layers[key.layer].remove(key)
        return key
    }

    /// Tokens until `layer` is computed, a fraction: none for the next one, almost one for the current one.
    private func turn(of layer: Int) -> Double {
        Double((layer - current - 1 + layers.count) % layers.count) / Double(layers.count)
    }

    private mutating func makeRoom(_ layer: Int) {
        while layers.count <= layer { layers.append(ExpertHeap()) }
    }
}
