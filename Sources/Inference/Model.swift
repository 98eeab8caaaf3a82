import Checkpoint
import ExpertStore
import Kernels
import Memory
import Tokenizer

/// A model in memory: embedding, decoder layers, head. Immutable; one thread computes with it at a time.
public final class Model: Sendable {
    /// Shape and arithmetic.
    public let configuration: ModelConfiguration
    /// What a generated token costs.
    public let tokenWork: TokenWork
    private let precision: Precision
    /// The threads that compute.
    public let compute: Compute
    private let embedding: EmbeddingTable
    private let layers: [LayerSource]
    /// What reads weights while the model computes; `nil` if all are in memory.
    public let disk: DiskReader?
    /// The routed experts, if they do not all fit in memory.
    public let pagedExperts: PagedExperts?
    /// The layers that every token reads from disk, if not all fit in memory.
    public let layerRing: LayerRing?
    private let lookahead: RouterLookahead?
    /// Where the uses of experts are remembered; `nil` if they are not.
    private let usageFile: UsageFile?
    private let outputNorm: WeightVector
    private let outputHead: WeightMatrix
    private let rope: RopeTable
    private let budget: MemoryBudget
    private let reservations: [MemoryReservation]

    init(
        configuration: ModelConfiguration, tokenWork: TokenWork, precision: Precision, compute: Compute,
        embedding: EmbeddingTable, layers: [LayerSource], disk: DiskReader?, pagedExperts: PagedExperts?,
        layerRing: LayerRing?, usageFile: UsageFile?, readsAhead: Bool, outputNorm: WeightVector,
        outputHead: WeightMatrix, rope: RopeTable, budget: MemoryBudget,
        prefillChunk: Int, reservations: [MemoryReservation]
    ) {
        self.configuration = configuration
        self.tokenWork = tokenWork
        self.precision = precision
        self.compute = compute
        self.embedding = embedding
        self.layers = layers
        self.disk = disk
        self.pagedExperts = pagedExperts
        self.layerRing = layerRing
        self.usageFile = usageFile
        lookahead = (readsAhead ? pagedExperts : nil).map {
            RouterLookahead(layers, epsilon: configuration.rmsNormEps, $0)
        }
        self.outputNorm = outputNorm
        self.outputHead = outputHead
        self.rope = rope
        self.budget = budget
        self.prefillChunk = prefillChunk
        self.reservations = reservations
    }

    /// Tokens of a prompt that pass through a layer together: as many as the budget has room for.
    public let prefillChunk: Int

    /// An empty cache for up to `contextLength` positions.
    public func makeCache(contextLength: Int) -> KVCache {
        KVCache(
            layerCount: layers.count, width: configuration.cachedWidth, element: precision.cachedElement,
            threadCount: compute.pool.threadCount, contextLength: contextLength, budget: budget)
    }

    /// Runs `tokens`, which follow the positions in `cache`, and returns logits [rows, vocabulary]; see below.
    public func forward(
        _ tokens: [TokenID], cache: KVCache, logits scope: BatchPart.LogitsScope = .last,
        recorder: RoutingRecorder? = nil, isCancelled: () -> Bool = { false }
    ) throws -> Activations {
        try forward(
            [BatchPart(tokens, cache: cache, logits: scope)], recorder: recorder, isCancelled: isCancelled)
    }

    /// Runs the tokens of all `parts` and returns the logits that they want [rows, vocabulary], part by part.
    ///
    /// A token's result depends neither on how tokens are cut into chunks nor on what passes beside them. Token ids must
    /// be below `vocabSize` and the caches' contexts must have room: both are checked by the caller's admission.
    /// - Throws: `CancellationError` if `isCancelled` turns true between two layers (the caches are then as before);
    ///   errors of memory and disk.
    public func forward(
        _ parts: [BatchPart], recorder: RoutingRecorder? = nil, pacer: Pacer? = nil,
        isCancelled: () -> Bool = { false }
    ) throws -> Activations {
        for part in parts {
            precondition(!part.tokens.isEmpty, "a part without tokens")
            precondition(part.cache.count + part.tokens.count <= part.cache.contextLength, "no room in the context")
            try part.cache.grow(by: part.tokens.count)
        }
        let tokens = parts.flatMap(\.tokens)
        let x = compute.activations(rowCount: tokens.count, width: configuration.hiddenSize)
        for (row, token) in tokens.enumerated() { try embedding.copyRow(token, into: x.row(row)) }
        try withoutActuallyEscaping(isCancelled) { isCancelled in
            let pass = ForwardPass(
                compute: compute, parts, rope, recorder: recorder,
                lookahead: tokens.count == parts.count ? lookahead : nil, isCancelled: isCancelled)
            pacer?.begin()
            for (index, source) in layers.enumerated() {
                pacer?.rest(isCancelled) { compute.pool.rest() }
                if isCancelled() { throw CancellationError() }
                let layer = try source.layer(isCancelled: isCancelled)
                try layer(x.view, layer: index, pass)
            }
        }
        for part in parts { part.cache.commit(part.tokens.count) }
        return try head(x, parts)
    }

    /// What reading weights has cost since the model was loaded; `nil` if all are in memory.
    public var paging: PagingStatistics? {
        guard let disk else { return nil }
        let (experts, layers) = (pagedExperts?.statistics, layerRing?.statistics)
        var sum = (experts ?? PagingStatistics()).adding(layers ?? PagingStatistics())
        sum.busySeconds = disk.busySeconds
        return sum
    }

    /// Remembers for later runs which experts were used. Does nothing if the model is not paged or was loaded without
    /// `startsWarm`; throws if the folder of the model may not be written to.
    public func rememberUsage() throws {
        if let usageFile { try pagedExperts?.remember(in: usageFile) }
    }

    private func head(_ x: Activations, _ parts: [BatchPart]) throws(MemoryError) -> Activations {
        var (first, wanted) = (0, [Int]())
        for part in parts {
            wanted += part.wantedRows(from: first)
            first += part.tokens.count
        }
        let rows = compute.activations(rowCount: wanted.count, width: x.width)
        for (index, row) in wanted.enumerated() { Compute.copy(x.row(row), to: rows.row(index)) }
        // The plan for intermediate results has room for a few rows of logits.
        guard wanted.count > ScratchPlan.logitsRowCount else { return project(rows.view, compute.workspace) }
        let room = try budget.reserve(
            wanted.count * (outputHead.rows + x.width) * MemoryLayout<Float>.stride, for: .scratch)
        defer { _ = room }
        return project(rows.view, Workspace())
    }

    private func project(_ wanted: ActivationView, _ workspace: Workspace) -> Activations {
        let logits = Activations(rowCount: wanted.rowCount, width: outputHead.rows, in: workspace)
        guard wanted.rowCount > 0 else { return logits }
        compute.rmsNorm(wanted, weight: outputNorm, epsilon: configuration.rmsNormEps, into: wanted)
        compute.multiply(outputHead, wanted, into: logits.view)
        return logits
    }
}
