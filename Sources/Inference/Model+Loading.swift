import Checkpoint
import ExpertStore
import Kernels
import Memory

/// Turns bound tensors into a model in memory.
extension Model {
    /// Loads all weights of `source`; the budget is asked before the first byte is read.
    public static func load(
        _ source: ModelSource, budget: MemoryBudget, threadCount: Int, precision: Precision = .f32,
        progress: (@Sendable (_ byteCount: Int, _ total: Int) -> Void)? = nil
    ) throws -> Model {
        let bound = try source.bind()
        let resident = try budget.reserve(bound.byteCount, for: .resident)
        // Most of what is left is for the cache of a long context.
        let plan = ScratchPlan(configuration: source.configuration, threadCount: threadCount)
        let chunk = plan.largestChunk(within: budget.availableByteCount / 4)
        let scratch = try budget.reserve(chunk.byteCount, for: .scratch)
        let loader = WeightLoader(source, precision: precision, totalByteCount: bound.byteCount, progress: progress)
        var configuration = source.configuration
        if let divisors = bound.ropeDivisors {
            let vector = try loader.vector(divisors)
            let values = (0..<vector.count).map { vector[$0] }
            guard values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
                throw CheckpointError(
                    .malformed, path: source.path, field: divisors.entry.name, "holds values that are not above 0")
            }
            configuration.rope.scaling = .divisors(values)
        }
        let rope = RopeTable(configuration.rope)
        let experts = try ResidentExperts(bound, loader)
        let layers = try bound.layers.map { layer in
            Layer(
                attentionNorm: try loader.vector(layer.attentionNorm),
                attention: try attention(layer.attention, configuration, rope, loader),
                feedForwardNorm: try loader.vector(layer.feedForwardNorm),
                feedForward: try feedForward(layer.feedForward, configuration, experts, loader),
                epsilon: configuration.rmsNormEps)
        }
        // A head of its own leaves the embedding to be read row by row.
        let embedding =
            try bound.outputHead == nil
            ? loader.matrix(bound.embedding) : loader.plainMatrix(bound.embedding)
        return Model(
            configuration: configuration,
            tokenWork: bound.tokenWork(activeExperts: configuration.experts?.numExpertsPerTok ?? 0),
            precision: precision,
            compute: Compute(threadCount: threadCount, workspace: Workspace(byteLimit: chunk.byteCount)),
            embedding: embedding,
            layers: layers, outputNorm: try loader.vector(bound.outputNorm),
            outputHead: try bound.outputHead.map { try loader.matrix($0) } ?? embedding, rope: rope, budget: budget,
            prefillChunk: chunk.tokens, reservations: [resident, scratch])
    }

    private static func attention(
        _ bound: BoundAttention, _ configuration: ModelConfiguration, _ rope: RopeTable, _ loader: WeightLoader
    ) throws -> any Attention {
        switch (bound, configuration.attention) {
        case (.latent(let bound), .latent(let latent)):
            let queries: LatentAttention.Queries
            switch bound.queries {
            case .direct(let matrix): queries = .direct(try loader.matrix(matrix))
            case .lowRank(let down, let norm, let up):
                queries = .lowRank(
                    down: try loader.matrix(down), norm: try loader.vector(norm), up: try loader.matrix(up))
            }
            let headWidth = Float(latent.qkNopeHeadDim + latent.qkRopeHeadDim)
            return LatentAttention(
                configuration: latent, headCount: configuration.numAttentionHeads,
                scale: latent.attentionScale ?? 1 / headWidth.squareRoot() * rope.scoreFactor, queries: queries,
                compression: try loader.matrix(bound.compression), latentNorm: try loader.vector(bound.latentNorm),
                expansion: try expansion(bound.expansion, latent, loader),
                output: try loader.matrix(bound.output))
        case (.grouped(let bound), .grouped(let grouped)):
            return GroupedAttention(
                configuration: grouped, headCount: configuration.numAttentionHeads,
                scale: 1 / Float(grouped.headDim).squareRoot() * rope.scoreFactor,
                queries: try loader.matrix(bound.queries), keys: try loader.matrix(bound.keys),
                values: try loader.matrix(bound.values),
                biases: try bound.biases.map {
                    (try loader.vector($0.queries), try loader.vector($0.keys), try loader.vector($0.values))
                },
                output: try loader.matrix(bound.output))
        default: preconditionFailure("tensors are bound by the same configuration")
        }
    }

    private static func expansion(
        _ bound: BoundLatentAttention.Expansion, _ latent: LatentAttentionConfiguration, _ loader: WeightLoader
    ) throws -> LatentExpansion {
        let matrices: LatentExpansion.Matrices
        switch bound {
        case .fused(let matrix): matrices = .fused(try loader.plainMatrix(matrix))
        case .split(let keys, let values):
            matrices = .split(
                keys: try loader.matrix(keys, takenApartEvery: latent.kvLoraRank),
                values: try loader.matrix(values, takenApartEvery: latent.vHeadDim))
        }
        return LatentExpansion(
            matrices: matrices, keyWidth: latent.qkNopeHeadDim, valueWidth: latent.vHeadDim, rank: latent.kvLoraRank)
    }

    private static func feedForward(
        _ bound: BoundFeedForward, _ configuration: ModelConfiguration, _ experts: any RoutedExperts,
        _ loader: WeightLoader
    ) throws -> any FeedForward {
        switch bound {
        case .dense(let network): return try swiGLU(network, loader)
        case .mixture(let mixture):
            guard let settings = configuration.experts else {
                preconditionFailure("tensors are bound by the same configuration")
            }
            let router = Router(
                weights: try loader.plainMatrix(mixture.router),
                correctionBias: try mixture.correctionBias.map { try loader.vector($0) }, configuration: settings)
            return MixtureOfExperts(
                router: router, experts: experts, shared: try mixture.shared.map { try swiGLU($0, loader) })
        }
    }

    private static func swiGLU(_ bound: BoundSwiGLU, _ loader: WeightLoader) throws -> SwiGLU {
        SwiGLU(
            gate: try loader.matrix(bound.gate), up: try loader.matrix(bound.up), down: try loader.matrix(bound.down))
    }
}
