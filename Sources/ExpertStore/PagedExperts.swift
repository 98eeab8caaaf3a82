import Checkpoint
import Kernels
import Memory
import Synchronization

/// Routed experts that are read from disk into a fixed number of slots when a layer asks for them.
///
/// All experts of a layer that are missing are asked of the reading threads at once; those at hand are computed while
/// they are read. Slots are overwritten in place, the experts that the policy chooses leave. What is told by `expect`
/// is read while the disk would be idle. `visit` and `expect` are called by one thread at a time, the engine's, which
/// alone changes the cache; statistics may be read from anywhere.
public final class PagedExperts: RoutedExperts {
    let disk: DiskReader
    let slots: SlotPool
    /// Experts by layer; dense layers have none.
    let records: [[ExpertRecord]]
    let state: Mutex<State>
    private let arrivals = Channel<Arrival>()
    private let workers: WorkerPool
    private let scaleReservation: MemoryReservation
    /// Slots of the cache.
    public let slotCount: Int
    /// Slots with which the model can be computed at all.
    public let minimumSlotCount: Int
    /// Bytes of a slot.
    public var slotByteCount: Int { slots.slotByteCount }
    /// What a read reports, and of which expert.
    private struct Arrival: Sendable {
        let key: ExpertKey
        let report: RecordRead.Report
    }

    struct State {
        var cache: ExpertCache<RoutedExpert>
        var underway = UnderwayReads<ExpertKey>()
        /// Experts that are read to fill empty slots, the least useful last; some may have ended.
        var warming: [ExpertKey] = []
        var statistics = PagingStatistics()
        var gauge = ForecastGauge()
        var layerClock = LayerClock()
        var usage: UsageHistogram

        /// Adds one to a figure.
        mutating func count(_ figure: WritableKeyPath<PagingStatistics, Int>) { statistics[keyPath: figure] += 1 }
    }

    /// Prepares to page the experts of `model` with `disk` into `slotCount` slots. `workers` compute with the experts, and
    /// rest while the disk is waited for.
    public init(
        _ model: BoundModel, _ loader: WeightLoader, precision: Precision, plan: PagingPlan, slotCount: Int,
        disk: DiskReader, budget: MemoryBudget, workers: WorkerPool,
        policy: any EvictionPolicy = PolicyName.standard.make()
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
        self.disk = disk
        slots = try SlotPool(slotCount: slotCount, byteCount: plan.slotByteCount, budget: budget)
        self.slotCount = slotCount
        minimumSlotCount = plan.minimumSlotCount
        self.workers = workers
        state = Mutex(
            State(
                cache: ExpertCache(slotCount: slotCount, policy: policy),
                usage: UsageHistogram(expertCounts: records.map(\.count))))
    }

    // Reads that nobody waits for any more would keep the threads, and whoever waits for their end, busy.
    deinit { for read in state.withLock({ $0.underway.all }) { disk.threads.cancel(read) } }

    /// Gives the slots their memory: after everything else was loaded, which takes more memory than it keeps, and
    /// before the first visit.
    public func touchSlots() { slots.touch() }

    /// What paging has cost since the model was loaded.
    public var statistics: PagingStatistics { state.withLock { $0.statistics } }

    // MARK: Visits

    /// Calls `body` with the experts that are in slots, none if all are missing, and then with the others as they
    /// arrive from the disk. Each is read once.
    ///
    /// Throws a `CheckpointError` that names file, tensor and place as soon as an expert cannot be read, after a second
    /// attempt. Reads that are still underway then end by themselves; slots hold only whole experts, and the next visit
    /// is not affected.
    public func visit(
        _ demand: ExpertDemand, isCancelled: () -> Bool = { false },
        _ body: (_ ready: [(expert: Int, weights: RoutedExpert)]) throws -> Void
    ) throws {
        takeArrivals()
        var visit = begin(demand)
        defer { end(demand) }
        try submit(&visit)
        try hand(over: &visit, body)
        while !visit.isDone {
            try submit(&visit)
            try waitForArrivals(&visit, isCancelled)
            try hand(over: &visit, body)
        }
    }

    /// Calls `body` with the experts that are there, and lets them go.
    private func hand(
        over visit: inout Visit, _ body: (_ ready: [(expert: Int, weights: RoutedExpert)]) throws -> Void
    ) throws {
        // Weights that were kept longer would keep their slots from being written again.
        let ready = visit.ready
        visit.ready = []
        try body(ready)
        let layer = visit.demand.layer
        state.withLock { $0.cache.unpin(ready.lazy.map { ExpertKey(layer: layer, expert: $0.expert) }) }
    }

    /// What a visit still wants.
    private struct Visit {
        let demand: ExpertDemand
        /// Experts that are pinned and have not been handed over.
        var ready: [(expert: Int, weights: RoutedExpert)] = []
        /// Experts that are being read.
        var awaited: Set<Int> = []
        /// Experts for which there was no slot yet.
        var missing: ArraySlice<ExpertRecord> = []

        var isDone: Bool { ready.isEmpty && awaited.isEmpty && missing.isEmpty }
    }

    private func begin(_ demand: ExpertDemand) -> Visit {
        var visit = Visit(demand: demand)
        let superfluous = state.withLock { state -> [RecordRead] in
            if let layer = state.layerClock.lap(demand, stalledSeconds: state.statistics.stalledSeconds) {
                state.gauge.add(layerSeconds: layer.seconds, stalledSeconds: layer.stalledSeconds)
            }
            state.usage.add(demand)
            for _ in 0..<state.cache.visit(demand) {
                state.count(\.wastedCount)
                state.gauge.add(false)
            }
            for use in demand.uses {
                let record = records[demand.layer][use.expert]
                if let (weights, wasAhead) = state.cache.pin(record.key) {
                    visit.ready.append((use.expert, weights))
                    state.count(wasAhead ? \.aheadHitCount : \.hitCount)
                    if wasAhead { state.gauge.add(true) }
                } else if let (read, urgency) = state.underway.promote(record.key) {
                    visit.awaited.insert(use.expert)
                    state.count(urgency == .expected ? \.aheadHitCount : \.missCount)
                    if urgency == .expected { state.gauge.add(true) }
                    disk.threads.promote(read)
                } else {
                    visit.missing.append(record)
                    state.count(\.missCount)
                }
            }
            return state.underway.retractForecasts { $0.layer == demand.layer }
        }
        // Wrong forecasts that nobody has begun to read cost nothing.
        for read in superfluous { disk.threads.cancel(read) }
        return visit
    }

    /// Starts as many reads as there are slots for.
    private func submit(_ visit: inout Visit) throws {
        while let record = visit.missing.first {
            guard state.withLock({ $0.cache.makeRoom() }) else {
                // A slot that is to be filled without need is free as soon as its end is reported.
                guard cancelIdleRead() else { return }
                try takeAll(for: &visit)
                continue
            }
            visit.missing.removeFirst()
            visit.awaited.insert(record.key.expert)
            start(record, .demanded)
        }
    }

    /// Lets `record`, for which there is a slot, be read.
    func start(_ record: ExpertRecord, _ urgency: ReadSchedule.Urgency) {
        let key = record.key
        let draft = slots.draft()
        let read = disk.read(record.record, into: draft, urgency) { [arrivals] in
            arrivals.send(Arrival(key: key, report: $0))
        }
        state.withLock { $0.underway.begin(key, read, urgency) }
    }

    /// Ends a read that nobody has asked for, the least useful first; `false` if there is none.
    func cancelIdleRead() -> Bool {
        let read = state.withLock { state -> RecordRead? in
            while let key = state.warming.popLast() {
                if let read = state.underway.read(of: key, .warming) { return read }
            }
            return state.underway.retractForecast()
        }
        guard let read else { return false }
        disk.threads.cancel(read)
        return true
    }

    /// Waits until an expert of the visit has arrived.
    private func waitForArrivals(_ visit: inout Visit, _ isCancelled: () -> Bool) throws {
        try takeAll(for: &visit)
        guard visit.ready.isEmpty else { return }
        workers.rest()
        let clock = ContinuousClock()
        let start = clock.now
        defer { let waited = (clock.now - start).seconds; state.withLock { $0.statistics.stalledSeconds += waited } }
        while visit.ready.isEmpty && !visit.isDone {
            if isCancelled() { throw CancellationError() }
            try takeNext(for: &visit)
            if visit.ready.isEmpty { try submit(&visit) }
        }
    }

    /// Waits for news, and takes in what there is. On its own, because whoever held on to an arrival while a slot is asked
    /// for might wait for the very slot that it holds.
    private func takeNext(for visit: inout Visit) throws {
        guard let arrival = arrivals.receive(within: DiskReader.cancellationMilliseconds) else { return }
        try take(arrival, for: &visit)
        try takeAll(for: &visit)
    }

    /// Puts all that has arrived into the cache, and what the visit wants into its hands; throws why something of that
    /// cannot be had.
    private func takeAll(for visit: inout Visit) throws {
        var failure: (any Error)?
        for arrival in arrivals.receiveAll() {
            do {
                try take(arrival, for: &visit)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// Puts all that has arrived into the cache, between visits.
    func takeArrivals() { for arrival in arrivals.receiveAll() { take(arrival) } }

    /// Takes in what nobody waits for; why it cannot be had is nobody's concern.
    private func take(_ arrival: Arrival) {
        switch arrival.report {
        case .failed: state.withLock { $0.underway.markStale(arrival.key) }
        case .ended(let outcome): _ = settle(arrival.key, outcome, isAwaited: false)
        }
    }

    private func take(_ arrival: Arrival, for visit: inout Visit) throws {
        let key = arrival.key
        guard key.layer == visit.demand.layer, visit.awaited.contains(key.expert) else { return take(arrival) }
        let isStale = state.withLock { $0.underway.isStale(key) }
        switch arrival.report {
        case .failed(let error): if !isStale { throw error }
        case .ended(let outcome):
            visit.awaited.remove(key.expert)
            switch settle(key, outcome, isAwaited: true) {
            case .success(let weights): visit.ready.append((key.expert, weights))
            case .failure(let error):
                guard isStale || error is CancellationError else { throw error }
                // It went wrong before this visit asked for it.
                visit.missing.append(records[key.layer][key.expert])
            }
        }
    }

    /// Puts what has been read into the cache.
    private func settle(
        _ key: ExpertKey, _ outcome: RecordRead.Outcome, isAwaited: Bool
    ) -> Result<RoutedExpert, any Error> {
        let weights = outcome.slot.map { records[key.layer][key.expert].weights(in: $0) }
        state.withLock { state in
            let urgency = state.underway.end(key)
            state.statistics.readByteCount += outcome.readByteCount
            state.statistics.repeatedReadCount += outcome.repeatedReadCount
            switch weights {
            case .success(let weights) where isAwaited: state.cache.insert(key, weights)
            case .success(let weights): state.cache.admit(key, weights, isAhead: urgency == .expected)
            case .failure: state.cache.giveUp()
            }
        }
        return weights
    }

    /// Whatever happened: nobody begins to read for this visit afterwards, and everything may leave its slot.
    private func end(_ demand: ExpertDemand) {
        let left = state.withLock { state -> [RecordRead] in
            state.cache.unpin(demand.uses.lazy.map { ExpertKey(layer: demand.layer, expert: $0.expert) })
            return demand.uses.compactMap { use in
                let key = ExpertKey(layer: demand.layer, expert: use.expert)
                defer { state.underway.markStale(key) }
                return state.underway.read(of: key, .demanded)
            }
        }
        for read in left { disk.threads.cancel(read) }
    }
}
