import Kernels

/// One decoder layer: x += attention(norm x); x += feedForward(norm x).
struct Layer: Sendable {
    let attentionNorm: WeightVector
    let attention: any Attention
    let feedForwardNorm: WeightVector
    let feedForward: any FeedForward
    let epsilon: Float

    /// Passes the rows of `x`, one per token, through the layer in place.
    func callAsFunction(_ x: ActivationView, layer: Int, _ pass: ForwardPass) throws {
        let compute = pass.compute
        let normalized = compute.activations(rowCount: x.rowCount, width: x.width)
        compute.rmsNorm(x, weight: attentionNorm, epsilon: epsilon, into: normalized.view)
        compute.add(attention(normalized.view, layer: layer, pass).view, to: x)
        compute.rmsNorm(x, weight: feedForwardNorm, epsilon: epsilon, into: normalized.view)
        compute.add(try feedForward(normalized.view, residual: x, layer: layer, pass).view, to: x)
    }
}
