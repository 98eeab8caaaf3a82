import ExpertStore
import Kernels

/// Asks the router of the next mixture about the state of a token before it gets there.
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

    /// Lets the experts that the next mixture will probably choose be read, by the `state` [1, hidden] within `layer`.
    ///
    /// Two or three mixtures further it errs too often: a third of what is read is not needed.
    func look(beyond layer: Int, _ state: ActivationView, _ compute: Compute) {
        guard next[layer] < stages.count, experts.wantsForecast() else { return }
        let stage = stages[next[layer]]
        let x = compute.activations(rowCount: 1, width: state.width)
        compute.rmsNorm(state, weight: stage.norm, epsilon: epsilon, into: x.view)
        let logits = compute.activations(rowCount: 1, width: stage.router.weights.rows)
        compute.multiply(stage.router.weights, x.view, into: logits.view)
        experts.expect(stage.router.choose(logits.values(row: 0)).map(\.expert), layer: stage.layer)
    }
}
