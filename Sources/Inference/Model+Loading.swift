import Checkpoint
import ExpertStore
import Kernels
import Memory

/// Turns bound tensors into a model in memory.
extension Model {
    /// Loads `source`: all weights if the budget has room for them, otherwise all but the routed experts, which are
    /// then read when a token needs them. The budget is asked before the first byte is read.
    public static func load(
        _ source: ModelSource, budget: MemoryBudget, threadCount: Int, precision: Precision = .f32,
        progress: (@Sendable (_ byteCount: Int, _ total: Int) -> Void)? = nil
    ) throws -> Model {
        let bound = try source.bind()
        let plan = try MemoryPlan(
            bound, source.configuration, precision, threadCount: threadCount, available: budget.availableByteCount)
        let resident = try budget.reserve(plan.residentByteCount, for: .resident)
        let scratch = try budget.reserve(plan.chunk.byteCount, for: .scratch)
        let loader = WeightLoader(
            source, precision: precision, totalByteCount: plan.residentByteCount, progress: progress)
        let compute = Compute(threadCount: threadCount, workspace: Workspace(byteLimit: plan.chunk.byteCount))
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
        let paged = try plan.paging.map { plan, slotCount in
            try PagedExperts(
                bound, source, loader, precision: precision, plan: plan, slotCount: slotCount, budget: budget,
                workers: compute.pool)
        }
        let experts: any RoutedExperts = try paged ?? ResidentExperts(bound, loader)
        let layers = try bound.layers.map { layer in
            Layer(
                attentionNorm: try loader.vector(layer.attentionNorm),
                attention: try attention(layer.attention, configuration, rope, loader),
                feedForwardNorm: try loader.vector(layer.feedForwardNorm),
                feedForward: try feedForward(layer.feedForward, configuration, experts, loader),
                epsilon: configuration.rmsNormEps)
        }
        let table = bound.embedding.isReadByRow ? nil : try loader.matrix(bound.embedding)
        guard let head = try bound.outputHead.map({ try loader.matrix($0) }) ?? table else {
            preconditionFailure("embeddings that are the head are in memory")
        }
        paged?.touchSlots()
        return Model(
            configuration: configuration,
            tokenWork: bound.tokenWork(activeExperts: configuration.experts?.numExpertsPerTok ?? 0),
            precision: precision,
            compute: compute, embedding: table.map { .resident($0) } ?? .file(source, bound.embedding),
            layers: layers, pagedExperts: paged, outputNorm: try loader.vector(bound.outputNorm), outputHead: head,
            rope: rope, budget: budget, prefillChunk: plan.chunk.tokens, reservations: [resident, scratch])
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
        case .fused(let matrix): matrices = .fused(try loader.matrix(matrix))
        case .split(let keys, let values):
            matrices = .split(
                keys: try loader.matrix(keys), values: try loader.matrix(values))
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
                weights: try loader.matrix(mixture.router),
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
