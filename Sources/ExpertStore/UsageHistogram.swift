import Glibc

/// How often each routed expert was used: what a later run can start from.
///
/// Older uses count less, so that a model that is put to other work forgets what it did before.
public struct UsageHistogram: Sendable, Equatable {
    /// Tokens after which a use counts half.
    static let halfLife = 4096.0
    /// Weights are brought down again before numbers get too large to be added.
    private static let largestWeight = 1e9

    /// One layer's uses.
    struct Layer: Sendable, Equatable {
        /// Tokens, older ones counting less.
        var tokenCount = 0.0
        /// Tokens that used each expert, counted alike.
        var counts: [Double]
        /// What a token of now counts.
        fileprivate var weight = 1.0

        init(expertCount: Int) { counts = [Double](repeating: 0, count: expertCount) }

        /// Share of the tokens that used `expert`.
        func rate(of expert: Int) -> Double { tokenCount > 0 ? counts[expert] / tokenCount : 0 }

        /// Tokens as if the latest one counted one.
        var effectiveTokenCount: Double { tokenCount / weight }
    }

    /// Layer by layer; those without routed experts have no counts.
    var layers: [Layer]

    /// Nothing is known of a model with so many routed experts in its layers.
    init(expertCounts: [Int]) { layers = expertCounts.map { Layer(expertCount: $0) } }

    /// Counts the uses of a visit.
    mutating func add(_ demand: ExpertDemand) {
        var layer = layers[demand.layer]
        // Moved out and back in, so that the counts are not copied.
        layers[demand.layer].counts = []
        layer.weight *= exp2(Double(demand.tokenCount) / UsageHistogram.halfLife)
        layer.tokenCount += layer.weight * Double(demand.tokenCount)
        for use in demand.uses { layer.counts[use.expert] += layer.weight * Double(use.tokenCount) }
        if layer.weight > UsageHistogram.largestWeight {
            for expert in layer.counts.indices { layer.counts[expert] /= layer.weight }
            layer.tokenCount /= layer.weight
            layer.weight = 1
        }
        layers[demand.layer] = layer
    }

    /// Experts that were used at all, with their uses per token, the most used first.
    func ranking() -> [(key: ExpertKey, rate: Double)] {
        var ranking: [(key: ExpertKey, rate: Double)] = []
        for (number, layer) in layers.enumerated() {
            for expert in layer.counts.indices where layer.counts[expert] > 0 {
                ranking.append((ExpertKey(layer: number, expert: expert), layer.rate(of: expert)))
            }
        }
        return ranking.sorted {
            $0.rate == $1.rate
                ? ($0.key.layer, $0.key.expert) < ($1.key.layer, $1.key.expert) : $0.rate > $1.rate
        }
    }
}
