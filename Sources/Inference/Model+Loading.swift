import Checkpoint
import ExpertStore
import Kernels
import Memory

/// Turns bound tensors into a model in memory.
extension Model {
    /// Loads `source`: all weights if the budget has room for them; otherwise all but the routed experts, which are
    /// then read when a token needs them, and if need be some layers, which are read for every token. The budget is
    /// asked before the first byte is read. `files` are read from while the model computes, if not those of `source`.
    public static func load(
        _ source: ModelSource, budget: MemoryBudget, threadCount: Int, precision: Precision = .f32,
        paging options: PagingOptions = .cold, files: [any PageFile]? = nil,
        progress: (@Sendable (_ byteCount: Int, _ total: Int) -> Void)? = nil
    ) throws -> Model {
        let bound = try source.bind()
        let plan = try MemoryPlan(
            bound, source.configuration, precision, threadCount: threadCount, available: budget.availableByteCount)
        return try load(
            source, bound, plan, budget: budget, threadCount: threadCount, precision: precision, paging: options,
            files: files, progress: progress)
    }

    /// Loads `source` as `plan` says.
    static func load(
        _ source: ModelSource, _ bound: BoundModel, _ plan: MemoryPlan, budget: MemoryBudget, threadCount: Int,
        precision: Precision, paging options: PagingOptions, files: [any PageFile]? = nil,
        progress: (@Sendable (_ byteCount: Int, _ total: Int) -> Void)? = nil
    ) throws -> Model {
        let resident = try budget.reserve(plan.residentByteCount, for: .resident)
        let scratch = try budget.reserve(plan.chunk.byteCount, for: .scratch)
        let readsOn = plan.paging != nil || plan.streaming != nil
        let loader = WeightLoader(
            source, precision: precision, totalByteCount: plan.residentByteCount, forgets: readsOn, progress: progress)
        let compute = Compute(threadCount: threadCount, workspace: Workspace(byteLimit: plan.chunk.byteCount))
        let configuration = try configuration(of: source, bound, loader)
        let disk =
            readsOn
            ? try DiskReader(
                try files ?? DiskReader.files(of: source), stagingByteCount: plan.stagingByteCount, budget: budget)
            : nil
        let paged = try disk.flatMap { disk in
            try plan.paging.map { plan, slotCount in
                try PagedExperts(
                    bound, loader, precision: precision, plan: plan, slotCount: slotCount, disk: disk, budget: budget,
                    workers: compute.pool, policy: options.policy.make())
            }
        }
        let ring = try disk.flatMap { disk in
            try plan.streaming.map {
                try LayerRing(
                    bound, loader, precision: precision, plan: $0, disk: disk, budget: budget, workers: compute.pool)
            }
        }
        let builder = LayerBuilder(
            configuration: configuration, rope: RopeTable(configuration.rope),
            experts: try paged ?? ResidentExperts(bound, loader))
        let streamed = Set(plan.streaming?.layers ?? [])
        let layers = try bound.layers.enumerated().map { index, layer in
            guard let ring, streamed.contains(index) else {
                return LayerSource.resident(try builder.layer(layer, loader))
            }
            return .streamed(try StreamedLayer(index, layer, builder, loader, ring))
        }
        let table = bound.embedding.isReadByRow ? nil : try loader.matrix(bound.embedding)
        guard let head = try bound.outputHead.map({ try loader.matrix($0) }) ?? table else {
            preconditionFailure("embeddings that are the head are in memory")
        }
        let outputNorm = try loader.vector(bound.outputNorm)
        paged?.touchSlots()
        ring?.touchSlots()
        let usage = options.startsWarm ? paged.map { _ in UsageFile(of: source) } : nil
        if let usage { paged?.warm(from: usage) }
        return Model(
            configuration: configuration,
            tokenWork: bound.tokenWork(activeExperts: configuration.experts?.numExpertsPerTok ?? 0),
            precision: precision,
            compute: compute, embedding: table.map { .resident($0) } ?? .file(source, bound.embedding),
            layers: layers, disk: disk, pagedExperts: paged, layerRing: ring, usageFile: usage,
            readsAhead: options.readsAhead, outputNorm: outputNorm, outputHead: head,
            rope: builder.rope, budget: budget, prefillChunk: plan.chunk.tokens, reservations: [resident, scratch])
    }

    /// The configuration of `source`, with rotary divisors that are kept as a tensor.
    private static func configuration(
        of source: ModelSource, _ bound: BoundModel, _ loader: WeightLoader
    ) throws -> ModelConfiguration {
        var configuration = source.configuration
        guard let divisors = bound.ropeDivisors else { return configuration }
        let vector = try loader.vector(divisors)
        let values = (0..<vector.count).map { vector[$0] }
        guard values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw CheckpointError(
                .malformed, path: source.path, field: divisors.entry.name, "holds values that are not above 0")
        }
        configuration.rope.scaling = .divisors(values)
        return configuration
    }
}
