import Kernels

/// The attention block of a layer.
protocol Attention: Sendable {
    /// Stores the rows in their caches and returns the block's output for the normalized rows `x`.
    func callAsFunction(_ x: ActivationView, layer: Int, _ pass: ForwardPass) -> Activations
}
