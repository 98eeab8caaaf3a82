import Checkpoint
import ExpertStore
import Kernels

/// Puts layers together from bound tensors and their weights.
struct LayerBuilder: Sendable {
    let configuration: ModelConfiguration
    let rope: RopeTable
    let experts: any RoutedExperts

    /// The layer `bound` with weights from `weights`.
    func layer(_ bound: BoundLayer, _ weights: some LayerWeights) throws -> Layer {
        Layer(
            attentionNorm: try weights.vector(bound.attentionNorm),
            attention: try attention(bound.attention, weights),
            feedForwardNorm: try weights.vector(bound.feedForwardNorm),
            feedForward: try feedForward(bound.feedForward, weights),
            epsilon: configuration.rmsNormEps)
    }

    private func attention(_ bound: BoundAttention, _ weights: some LayerWeights) throws -> any Attention {
        switch (bound, configuration.attention) {
        case (.latent(let bound), .latent(let latent)):
            let queries: LatentAttention.Queries
            switch bound.queries {
            case .direct(let matrix): queries = .direct(try weights.matrix(matrix))
            case .lowRank(let down, let norm, let up):
                queries = .lowRank(
                    down: try weights.matrix(down), norm: try weights.vector(norm), up: try weights.matrix(up))
            }
            let headWidth = Float(latent.qkNopeHeadDim + latent.qkRopeHeadDim)
            return LatentAttention(
                configuration: latent, headCount: configuration.numAttentionHeads,
                scale: latent.attentionScale ?? 1 / headWidth.squareRoot() * rope.scoreFactor, queries: queries,
                compression: try weights.matrix(bound.compression), latentNorm: try weights.vector(bound.latentNorm),
                expansion: try expansion(bound.expansion, latent, weights),
                output: try weights.matrix(bound.output))
        case (.grouped(let bound), .grouped(let grouped)):
            return GroupedAttention(
                configuration: grouped, headCount: configuration.numAttentionHeads,
                scale: 1 / Float(grouped.headDim).squareRoot() * rope.scoreFactor,
                queries: try weights.matrix(bound.queries), keys: try weights.matrix(bound.keys),
                values: try weights.matrix(bound.values),
                biases: try bound.biases.map {
                    (try weights.vector($0.queries), try weights.vector($0.keys), try weights.vector($0.values))
                },
                output: try weights.matrix(bound.output))
        default: preconditionFailure("tensors are bound by the same configuration")
        }
    }

    private func expansion(
        _ bound: BoundLatentAttention.Expansion, _ latent: LatentAttentionConfiguration, _ weights: some LayerWeights
    ) throws -> LatentExpansion {
        let matrices: LatentExpansion.Matrices
        switch bound {
        case .fused(let matrix): matrices = .fused(try weights.matrix(matrix))
        case .split(let keys, let values):
            matrices = .split(keys: try weights.matrix(keys), values: try weights.matrix(values))
        }
        return LatentExpansion(
            matrices: matrices, keyWidth: latent.qkNopeHeadDim, valueWidth: latent.vHeadDim, rank: latent.kvLoraRank)
    }

    private func feedForward(_ bound: BoundFeedForward, _ weights: some LayerWeights) throws -> any FeedForward {
        switch bound {
        case .dense(let network): try swiGLU(network, weights)
        case .mixture(let mixture):
            MixtureOfExperts(
                router: try router(mixture, weights), experts: experts,
                shared: try mixture.shared.map { try swiGLU($0, weights) })
        }
    }

    /// The router of `mixture`.
    func router(_ mixture: BoundMixture, _ weights: some LayerWeights) throws -> Router {
        guard let settings = configuration.experts else {
            preconditionFailure("tensors are bound by the same configuration")
        }
        return Router(
            weights: try weights.matrix(mixture.router),
            correctionBias: try mixture.correctionBias.map { try weights.vector($0) }, configuration: settings)
    }

    private func swiGLU(_ bound: BoundSwiGLU, _ weights: some LayerWeights) throws -> SwiGLU {
        SwiGLU(
            gate: try weights.matrix(bound.gate), up: try weights.matrix(bound.up),
            down: try weights.matrix(bound.down))
    }
}
