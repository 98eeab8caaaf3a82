import ExpertStore
import Kernels

/// The feed-forward block of a layer: a dense network or a mixture of experts.
protocol FeedForward: Sendable {
    /// The block's output for the normalized rows `x` of the state `residual`, one per token.
    func callAsFunction(
        _ x: ActivationView, residual: ActivationView, layer: Int, _ pass: ForwardPass
    ) throws -> Activations
}

/// A gated network: down(silu(gate x) ⊙ up x).
struct SwiGLU: FeedForward {
    let gate: WeightMatrix
    let up: WeightMatrix
    let down: WeightMatrix

    func callAsFunction(
        _ x: ActivationView, residual: ActivationView, layer: Int, _ pass: ForwardPass
    ) -> Activations {
        let out = pass.compute.activations(rowCount: x.rowCount, width: down.rows)
        pass.compute.multiply([product(into: out.view)], MatrixInput(x))
        return out
    }

    /// The network for every token of an input.
    func product(into out: ActivationView) -> GatedProduct {
        GatedProduct(gate: gate, up: up, down: down, into: out)
    }
}
