import Checkpoint
import Kernels
import Memory
import Synchronization

/// Weights of layers that do not stay in memory: read in the order of the layers, token after token, into a ring of
/// slots, each while the layer before computes.
///
/// `matrices` is called by one thread at a time, the engine's; statistics may be read from anywhere.
public final class LayerRing: Sendable {
    private let disk: DiskReader
    private let slots: SlotPool
    private let records: [Int: SlotRecord]
    private let order: [Int]
    private let scaleReservation: MemoryReservation
    private let arrivals = Channel<(layer: Int, report: RecordRead.Report)>()
    private let workers: WorkerPool
    private let state = Mutex(State())

    private struct State {
        /// Layers that wait for their turn.
        var ready: [Int: AlignedBuffer] = [:]
        var underway = UnderwayReads<Int>()
        var statistics = PagingStatistics()

        var slotsInUse: Int { ready.count + underway.count }
    }

    /// Prepares to stream the layers of `model` that `plan` names.
    public init(
        _ model: BoundModel, _ loader: WeightLoader, precision: Precision, plan: StreamingPlan, disk: DiskReader,
        budget: MemoryBudget, workers: WorkerPool
    ) throws {
        let scales = try plan.layers.map { layer in
            try model.layers[layer].matrices.map { try loader.scales(of: $0) }
        }
        scaleReservation = try budget.reserve(
            plan.layers.reduce(0) { sum, layer in
                model.layers[layer].matrices.reduce(sum) { $0 + $1.memoryByteCount - $1.byteCount }
            }, for: .resident)
        records = Dictionary(
            uniqueKeysWithValues: zip(plan.layers, scales).map { layer, scales in
                (layer, SlotRecord(streaming: model.layers[layer], precision, scales: scales))
            })
        order = plan.layers
        slots = try SlotPool(
            slotCount: StreamingPlan.slotCount, byteCount: plan.slotByteCount, budget: budget, purpose: .resident)
        self.disk = disk
        self.workers = workers
    }

    deinit { for read in state.withLock({ $0.underway.all }) { disk.threads.cancel(read) } }

    /// Layers that are read for every token.
    public var layerCount: Int { order.count }

    /// Gives the slots their memory, before the first use.
    public func touchSlots() { slots.touch() }

    /// Bytes read and time waited since the model was loaded; there are neither hits nor misses.
    public var statistics: PagingStatistics { state.withLock { $0.statistics } }

    /// The matrices of `layer` in the order of `BoundLayer.matrices`, waiting for them if need be. Those of the layer
    /// before must have been let go.
    ///
    /// Throws a `CheckpointError` if they cannot be read, a `CancellationError` if `isCancelled` turns true.
    public func matrices(of layer: Int, isCancelled: () -> Bool) throws -> [WeightMatrix] {
        guard let record = records[layer] else { preconditionFailure("layer \(layer) stays in memory") }
        takeArrivals()
        // A second part that fails later must not end whoever asks next.
        defer { state.withLock { $0.underway.markStale(layer) } }
        try demand(layer, isCancelled)
        var slot = state.withLock { $0.ready.removeValue(forKey: layer) }
        if slot == nil {
            workers.rest()
            let clock = ContinuousClock()
            let start = clock.now
            defer { let time = (clock.now - start).seconds; state.withLock { $0.statistics.stalledSeconds += time } }
            while slot == nil {
                try wait(for: layer, isCancelled)
                slot = state.withLock { $0.ready.removeValue(forKey: layer) }
                // Cancelled when an earlier pass ended early.
                if slot == nil, state.withLock({ !$0.underway.contains(layer) }) { try demand(layer, isCancelled) }
            }
        }
        readOn(behind: layer)
        guard let slot else { preconditionFailure("the layer has arrived") }
        return record.parts.map { $0.matrix(in: slot) }
    }

    /// Takes in all that has arrived; nobody waits for it.
    private func takeArrivals() { for arrival in arrivals.receiveAll() { _ = try? take(arrival) } }

    /// Makes sure that `layer` is read now, if it is not there.
    private func demand(_ layer: Int, _ isCancelled: () -> Bool) throws {
        if let (read, _) = state.withLock({ $0.underway.promote(layer) }) { return disk.threads.promote(read) }
        guard state.withLock({ $0.ready[layer] == nil }) else { return }
        // Only after a pass that ended early are others there that come later.
        while state.withLock({ $0.slotsInUse >= StreamingPlan.slotCount - 1 }) {
            let stranger = state.withLock { state -> RecordRead? in
                if let other = state.ready.keys.first { state.ready[other] = nil }
                return state.slotsInUse >= StreamingPlan.slotCount - 1 ? state.underway.any : nil
            }
            guard let stranger else { break }
            disk.threads.cancel(stranger)
            try wait(for: nil, isCancelled)
        }
        start(layer, .demanded)
    }

    /// Reads the layers that follow, as far as there are slots beside the one that computes.
    private func readOn(behind layer: Int) {
        guard let place = order.firstIndex(of: layer) else { return }
        for step in 1...max(1, order.count - 1) {
            let next = order[(place + step) % order.count]
            let isWanted = state.withLock { state in
                state.slotsInUse < StreamingPlan.slotCount - 1 && state.ready[next] == nil
                    && !state.underway.contains(next)
            }
            guard isWanted, next != layer else { return }
            start(next, .certain)
        }
    }

    private func start(_ layer: Int, _ urgency: ReadSchedule.Urgency) {
        guard let record = records[layer] else { return }
        let draft = slots.draft()
        let read = disk.read(record, into: draft, urgency) { [arrivals] in arrivals.send((layer, $0)) }
        state.withLock { $0.underway.begin(layer, read, urgency) }
    }

    /// Waits for news, and throws what has gone wrong with `layer`.
    private func wait(for layer: Int?, _ isCancelled: () -> Bool) throws {
        while true {
            if isCancelled() { throw CancellationError() }
            guard let arrival = arrivals.receive(within: DiskReader.cancellationMilliseconds) else { continue }
            let isStale = state.withLock { $0.underway.isStale(arrival.layer) }
            do {
                return try take(arrival)
            } catch {
                if arrival.layer == layer, !isStale { throw error }
                return
            }
        }
    }

    private func take(_ arrival: (layer: Int, report: RecordRead.Report)) throws {
        switch arrival.report {
        case .failed(let error): throw error
        case .ended(let outcome):
            state.withLock { state in
                state.underway.end(arrival.layer)
                state.statistics.readByteCount += outcome.readByteCount
                state.statistics.repeatedReadCount += outcome.repeatedReadCount
                if case .success(let slot) = outcome.slot { state.ready[arrival.layer] = slot }
            }
        }
    }
}
