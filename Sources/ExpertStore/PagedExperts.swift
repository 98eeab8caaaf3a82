import Checkpoint
import Kernels
import Memory
import Synchronization

/// Routed experts that are read from disk into a fixed number of slots when a layer asks for them.
///
/// All experts of a layer that are missing are asked of the reading threads at once; those at hand are computed while
/// they are read. Slots are overwritten in place, the experts that the policy chooses leave. `visit` is called by one
/// thread at a time, the engine's; statistics may be read from anywhere.
public final class PagedExperts: RoutedExperts {
    let reader: ExpertReader
    let threads: ReadThreads
    /// Experts by layer; dense layers have none.
    let records: [[ExpertRecord]]
    private let cache: Mutex<ExpertCache<RoutedExpert>>
    private let state = Mutex(PagingStatistics())
    private let workers: WorkerPool
    private let scaleReservation: MemoryReservation
    /// Slots of the cache.
    public let slotCount: Int
    /// Bytes of a slot.
    public var slotByteCount: Int { reader.slots.slotByteCount }
    /// Whether all files are read past the page cache.
    public let isDirect: Bool

    /// Prepares to page the experts of `model`, which `source` has open, into `slotCount` slots. `workers` compute with
    /// the experts, and rest while the disk is waited for.
    public convenience init(
        _ model: BoundModel, _ source: ModelSource, _ loader: WeightLoader, precision: Precision, plan: PagingPlan,
        slotCount: Int, budget: MemoryBudget, workers: WorkerPool,
        policy: any EvictionPolicy = PolicyName.standard.make()
    ) throws {
        let files = try source.files.map { file throws(CheckpointError) in try DirectFile(file) }
        try self.init(
            model, loader, precision: precision, plan: plan, slotCount: slotCount, budget: budget, workers: workers,
            policy: policy, files: files, isDirect: files.allSatisfy(\.isDirect))
    }

    init(
        _ model: BoundModel, _ loader: WeightLoader, precision: Precision, plan: PagingPlan, slotCount: Int,
        budget: MemoryBudget, workers: WorkerPool, policy: any EvictionPolicy, files: [any PageFile], isDirect: Bool
    ) throws {
        scaleReservation = try budget.reserve(plan.scaleByteCount, for: .resident)
        var records = [[ExpertRecord]](repeating: [], count: model.layers.count)
        for layer in model.routedExperts {
            records[layer.layer] = try layer.experts.enumerated().map { expert, network in
                ExpertRecord(
                    ExpertKey(layer: layer.layer, expert: expert), network, precision,
                    scales: try network.parts.map { try loader.scales(of: $0) })
            }
        }
        self.records = records
        threads = ReadThreads(count: PagingPlan.readThreadCount)
        let staging =
            plan.stagingByteCount == 0
            ? nil
            : try SlotPool(
                slotCount: threads.count, byteCount: plan.stagingByteCount / PagingPlan.readThreadCount,
                budget: budget)
        reader = ExpertReader(
            files: files,
            slots: try SlotPool(slotCount: slotCount, byteCount: plan.slotByteCount, budget: budget),
            staging: staging)
        self.slotCount = slotCount
        self.isDirect = isDirect
        self.workers = workers
        cache = Mutex(ExpertCache(slotCount: slotCount, policy: policy))
    }

    /// Gives the slots their memory: after everything else was loaded, which takes more memory than it keeps, and
    /// before the first visit.
    public func touchSlots() { reader.slots.touch() }

    /// What paging has cost since the model was loaded.
    public var statistics: PagingStatistics { state.withLock { $0 } }

    /// Calls `body` with the experts that are in slots, none if all are missing, and then with the others as they
    /// arrive from the disk. Each is read once.
    ///
    /// Throws a `CheckpointError` that names file, tensor and place if an expert cannot be read, after a second
    /// attempt. Slots hold only whole experts then, and the next visit is not affected.
    public func visit(
        _ demand: ExpertDemand, _ body: (_ ready: [(expert: Int, weights: RoutedExpert)]) throws -> Void
    ) throws {
        let (layer, experts) = (demand.layer, demand.uses.map(\.expert))
        var hits: [(expert: Int, weights: RoutedExpert)] = []
        var missing: [ExpertRecord] = []
        cache.withLock { cache in
            cache.visit(demand)
            for expert in experts {
                let record = records[layer][expert]
                if let weights = cache.pin(record.key) {
                    hits.append((expert, weights))
                } else {
                    missing.append(record)
                }
            }
        }
        state.withLock { state in
            state.hitCount += hits.count
            state.missCount += missing.count
        }
        let reads = PendingReads(missing, reader, threads)
        // Whatever happens: nobody else reads for this visit afterwards, and everything may leave its slot.
        defer {
            reads.cancel()
            while reads.isUnderway { take(reads.wait()) }
            unpin(layer, experts)
        }
        submit(reads)
        try body(hits)
        unpin(layer, hits.map(\.expert))
        hits = []
        while !reads.isDone {
            submit(reads)
            let arrived = try waitFor(reads).map { try $0.get() }
            try body(arrived)
            unpin(layer, arrived.map(\.expert))
        }
    }

    /// Starts as many reads as there are slots for.
    private func submit(_ reads: PendingReads) {
        while reads.hasMore, cache.withLock({ $0.makeRoom() }) { reads.startNext() }
    }

    private func unpin(_ layer: Int, _ experts: [Int]) {
        cache.withLock { $0.unpin(experts.lazy.map { ExpertKey(layer: layer, expert: $0) }) }
    }

    /// The experts that have arrived, at least one, or why they have not.
    private func waitFor(_ reads: PendingReads) -> [Result<(expert: Int, weights: RoutedExpert), any Error>] {
        var arrivals = reads.takeAll()
        if arrivals.isEmpty {
            workers.rest()
            let clock = ContinuousClock()
            let start = clock.now
            arrivals = reads.wait()
            let waited = (clock.now - start).seconds
            state.withLock { $0.stalledSeconds += waited }
        }
        return take(arrivals)
    }

    /// Puts what has been read into the cache.
    @discardableResult
    private func take(_ arrivals: [RecordRead.Outcome]) -> [Result<(expert: Int, weights: RoutedExpert), any Error>] {
        arrivals.map { arrival in
            state.withLock { state in
                state.readByteCount += arrival.readByteCount
                state.repeatedReadCount += arrival.repeatedReadCount
            }
            let key = arrival.record.key
            cache.withLock { cache in
                switch arrival.weights {
                case .success(let weights): cache.insert(key, weights)
                case .failure: cache.giveUp()
                }
            }
            return arrival.weights.map { (key.expert, $0) }
        }
    }
}
