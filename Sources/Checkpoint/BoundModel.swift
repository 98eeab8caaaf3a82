/// A model's tensors in their places: every one found, every shape checked against the configuration.
public struct BoundModel: Sendable {
    /// Token embeddings [vocabulary, hidden].
    public var embedding: BoundTensor
    /// Norm before the head [hidden].
    public var outputNorm: BoundTensor
    /// Output head [vocabulary, hidden]; `nil` if it is the embedding matrix.
    public var outputHead: BoundTensor?
    /// Divisors of the rotary frequencies [rope / 2].
    public var ropeDivisors: BoundTensor?
    /// Decoder layers.
    public var layers: [BoundLayer]
}

/// One decoder layer.
public struct BoundLayer: Sendable {
    /// Norm before attention [hidden].
    public var attentionNorm: BoundTensor
    /// Attention.
    public var attention: BoundAttention
    /// Norm before the feed-forward block [hidden].
    public var feedForwardNorm: BoundTensor
    /// Feed-forward block.
    public var feedForward: BoundFeedForward
}

/// Attention of one layer.
public enum BoundAttention: Sendable {
    /// Multi-head latent attention.
    case latent(BoundLatentAttention)
    /// Grouped-query attention.
    case grouped(BoundGroupedAttention)
}

/// Multi-head latent attention; h heads.
public struct BoundLatentAttention: Sendable {
    /// The query projection.
    public enum Queries: Sendable {
        /// [h (nope + rope), hidden]
        case direct(BoundTensor)
        /// [rank, hidden], [rank], [h (nope + rope), rank]
        case lowRank(down: BoundTensor, norm: BoundTensor, up: BoundTensor)
    }

    /// The expansion of latents to keys and values.
    public enum Expansion: Sendable {
        /// [h (nope + value), latent], per head keys then values.
        case fused(BoundTensor)
        /// Keys transposed [h · latent, nope], values [h · value, latent].
        case split(keys: BoundTensor, values: BoundTensor)
    }

    /// The query projection.
    public var queries: Queries
    /// Latent and rotary key [latent + rope, hidden].
    public var compression: BoundTensor
    /// Norm of the latent [latent].
    public var latentNorm: BoundTensor
    /// The expansion of latents to keys and values.
    public var expansion: Expansion
    /// [hidden, h · value]
    public var output: BoundTensor
}

/// Grouped-query attention; h query heads, k key-value heads of d channels.
public struct BoundGroupedAttention: Sendable {
    /// [h d, hidden]
    public var queries: BoundTensor
    /// [k d, hidden]
    public var keys: BoundTensor
    /// [k d, hidden]
    public var values: BoundTensor
    /// Biases of the three, if the model has them.
    public var biases: (queries: BoundTensor, keys: BoundTensor, values: BoundTensor)?
    /// [hidden, h d]
    public var output: BoundTensor
}

/// Feed-forward block of one layer.
public enum BoundFeedForward: Sendable {
    /// One SwiGLU.
    case dense(BoundSwiGLU)
    /// Routed and shared experts.
    case mixture(BoundMixture)
}

/// A gated feed-forward network: down(silu(gate x) ⊙ up x).
public struct BoundSwiGLU: Sendable {
    /// [width, hidden]
    public var gate: BoundTensor
    /// [width, hidden]
    public var up: BoundTensor
    /// [hidden, width]
    public var down: BoundTensor

    /// What files call the matrices, in the order of `parts`.
    public static let partNames = ["gate", "up", "down"]
    /// The three matrices.
    public var parts: [BoundTensor] { [gate, up, down] }
}

/// Mixture of experts.
public struct BoundMixture: Sendable {
    /// [experts, hidden]
    public var router: BoundTensor
    /// [experts]
    public var correctionBias: BoundTensor?
    /// Routed experts in order.
    public var experts: [BoundSwiGLU]
    /// All shared experts in one.
    public var shared: BoundSwiGLU?
}
