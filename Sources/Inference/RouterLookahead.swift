import ExpertStore
import Kernels

/// Asks the router of the next mixture about the states of tokens before they get there.
///
/// What a layer adds to the state is little beside what is there already, so most of its choices come true; how many
/// do is counted by `PagedExperts`, which stops asking where it is too few. Nothing that is computed depends on it.
struct RouterLookahead: Sendable {
    private struct Stage {
        let layer: Int
        let norm: WeightVector
        let router: Router
    }

    /// Mixtures of experts, in order.
    private let stages: [Stage]
    /// For each layer, the first stage behind it.
    private let next: [Int]
    private let experts: PagedExperts
    private let epsilon: Float

    /// For `layers`, whose routed experts `experts` reads.
    init(_ layers: [LayerSource], epsilon: Float, _ experts: PagedExperts) {
        self.epsilon = epsilon
        var stages: [Stage] = []
        var next: [Int] = []
        for (index, layer) in layers.enumerated() {
            if let (norm, router) = layer.forecast {
                stages.append(Stage(layer: index, norm: norm, router: router))
            }
            next.append(stages.count)
        }
        self.stages = stages
        self.next = next
        self.experts = experts
    }

    /// Lets the experts that the next mixture will probably choose be read, by the `states` [tokens, hidden] within
    /// `layer`; the best choices of all tokens first.
    ///
    /// Two or three mixtures further it errs too often: a third of what is read is not needed.
    func look(beyond layer: Int, _ states: ActivationView, _ compute: Compute) {
        guard next[layer] < stages.count, experts.wantsForecast() else { return }
        let stage = stages[next[layer]]
        let x = compute.activations(rowCount: states.rowCount, width: states.width)
        compute.rmsNorm(states, weight: stage.norm, epsilon: epsilon, into: x.view)
        let logits = compute.activations(rowCount: states.rowCount, width: stage.router.weights.rows)
        compute.multiply(stage.router.weights, x.view, into: logits.view)
        let choices = (0..<states.rowCount).map { stage.router.choose(logits.values(row: $0)).map(\.expert) }
        experts.expect(Self.merged(choices), layer: stage.layer)
    }

    /// Every expert once: best choices before second best ones.
    private static func merged(_ choices: [[Int]]) -> [Int] {
        guard choices.count > 1 else { return choices.first ?? [] }
        var merged: [Int] = []
        for rank in choices[0].indices {
            for choice in choices where !merged.contains(choice[rank]) { merged.append(choice[rank]) }
        }
        return merged
    }
}
