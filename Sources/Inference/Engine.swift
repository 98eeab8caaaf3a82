import Checkpoint
import ExpertStore
import Memory
import Synchronization

/// The engine: one model in memory, some answers that are generated together, on a thread of its own.
///
/// `submit` and the status properties may be called from anywhere and never wait. Everything isolated to the actor
/// runs on its thread as plain synchronous code, one pass of the model at a time; the worker pool computes under it.
public actor Engine: TextGenerator {
    private nonisolated let executor = ThreadExecutor.start()
    private nonisolated let admission: AdmissionQueue
    private nonisolated let options: EngineOptions
    private nonisolated let pacer = Pacer()
    private nonisolated let temperature = Mutex(BoardTemperature?.none)
    /// How much of the expert cache may have memory.
    private nonisolated let allowance = Mutex(CacheAllowance())
    private nonisolated let detailsCache = ModelDetailsCache()
    /// What may change while the engine works.
    private nonisolated let adjustable: Mutex<(library: ModelLibrary, keepAlive: KeepAlive)>
    /// The model in memory, for those who look at it from other threads. They look while they hold the lock: a model
    /// must be gone before the next one takes its memory.
    private nonisolated let shown = Mutex<Shown?>(nil)
    private var loaded: LoadedModel?
    private var batch = GenerationBatch()
    /// Whether passes follow each other.
    private var isWorking = false
    /// Those who wait until no answer is generated; no further one begins until then.
    private var waitingForQuiet: [CheckedContinuation<Void, Never>] = []
    /// Waits until the model may go.
    private var expiring: Task<Void, Never>?
    /// Waits until contexts may be written.
    private var persisting: Task<Void, Never>?
    /// Tokens since the uses of experts were last remembered.
    private var tokensToRemember = 0

    /// What others may see of the model in memory.
    private struct Shown {
        let summary: ModelSummary
        let model: Model
        /// When it goes; `nil` if it stays.
        var expiry: ContinuousClock.Instant?
    }

    /// Tokens worth a write.
    private static let rememberedTokenCount = 64

    /// The engine's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Starts an engine without a model; it is loaded by the first request.
    public init(_ options: EngineOptions) {
        self.options = options
        admission = AdmissionQueue(limit: options.queueLimit, sessionLimit: options.sessionLimit)
        adjustable = Mutex((options.library, options.keepAlive))
    }

    deinit { executor.stop() }

    /// The models that requests may name now.
    private nonisolated var library: ModelLibrary { adjustable.withLock { $0.library } }

    /// Changes what may change while the engine works.
    public nonisolated func adjust(_ adjustment: EngineAdjustment) {
        adjustable.withLock { $0 = (adjustment.library, adjustment.keepAlive) }
        admission.setLimit(adjustment.queueLimit)
    }

    /// Returns when the engine's thread has nothing else to do: a sign of life.
    public func answerCall() {}

    /// All models that a request may name, default model first.
    public nonisolated func installedModels() -> [ModelSummary] { library.models() }

    /// The model in memory, if any.
    public nonisolated func loadedModel() -> ModelSummary? { shown.withLock { $0?.summary } }

    /// What the files of `model` tell of it, with the context that requests may have; `nil` if they cannot be read.
    public nonisolated func details(of model: ModelSummary) async -> ModelDetails? {
        var details = await detailsCache.details(of: model)
        if let length = details?.contextLength { details?.contextLength = min(length, options.contextLength) }
        return details
    }

    /// What paging has cost since the model was loaded; `nil` if none is, or all of it is in memory.
    public nonisolated func paging() -> PagingStatistics? { shown.withLock { $0?.model.paging } }

    /// What the board makes the engine do without now.
    public nonisolated func restraint() -> EngineRestraint {
        var restraint = EngineRestraint()
        restraint.pressureCount = allowance.withLock { $0.pressureCount }
        restraint.temperature = temperature.withLock { $0 }
        (restraint.pace, restraint.paceReason, restraint.restedSeconds) = pacer.report
        shown.withLock { shown in
            guard let experts = shown?.model.pagedExperts else { return }
            (restraint.slotCount, restraint.heldSlotCount) = (experts.slotCount, experts.heldSlotCount)
        }
        return restraint
    }

    /// Others need memory: the expert cache gives some back, at the latest behind the next token of those that are
    /// generated, and takes it again once this has not been called for a while.
    public nonisolated func answerMemoryPressure() {
        allowance.withLock { $0.press(now: .now) }
        Task { await fitCache() }
    }

    /// Shows `temperature` to those who ask what the board does to the engine.
    public nonisolated func note(_ temperature: BoardTemperature?) { self.temperature.withLock { $0 = temperature } }

    /// Works `share` of the time from now on, and rests between layers for the remainder; `reason` is for people.
    public nonisolated func setPace(_ share: Double, reason: String) { pacer.set(share, reason: reason) }

    /// Bytes that the engine may take, and those it has taken.
    public nonisolated func memory() -> (limit: Int, used: Int) {
        (options.budget.limit, options.budget.usage().values.reduce(0, +))
    }

    /// Requests running or waiting now, in order.
    public nonisolated func queue() -> [QueueEntry] { admission.entries }

    /// Requests running or waiting now.
    public nonisolated func queueDepth() -> Int { admission.depth }

    /// When the model in memory is let go; `nil` if none is in memory or it stays.
    public nonisolated func expiry() -> ContinuousClock.Instant? { shown.withLock { $0?.expiry } }

    /// Puts a request in the queue, or throws at once if the queue is full or the model unknown.
    public nonisolated func submit(
        _ request: GenerationRequest
    ) throws(GenerationError) -> AsyncThrowingStream<GenerationEvent, any Error> {
        _ = try library.find(request.model)
        let (events, continuation) = AsyncThrowingStream<GenerationEvent, any Error>.makeStream()
        let job = GenerationJob(request, continuation)
        try admission.enter(job)
        let timer = request.timeout.map { timeout in
            Task { [admission] in
                try await Task.sleep(for: timeout)
                if admission.withdraw(job) { job.events.finish(throwing: GenerationError.late) }
            }
        }
        continuation.onTermination = { [admission] _ in
            timer?.cancel()
            admission.abandon(job)
        }
        Task { await work() }
        return events
    }

    /// Has the answers that are generated end where they are, within one layer: somebody at the machine wants it quiet.
    /// Their clients get what there is, as if it were as long as it may be.
    public nonisolated func cutShort() { admission.cutShort() }

    /// Starts to work, unless it has started.
    private func work() {
        guard !isWorking else { return }
        isWorking = true
        step()
    }

    /// One pass of the model for all answers that are generated, and then another one, as long as there are any. Others
    /// may have their turn on the thread in between.
    private func step() {
        admit()
        fitCache()
        guard let loaded, !batch.generations.isEmpty else {
            isWorking = false
            loaded?.model.compute.pool.rest()
            return
        }
        for (generation, failure) in batch.step(loaded.model, pacer) {
            tokensToRemember += generation.tokenCount
            finish(generation.job, failure, seconds: generation.seconds)
        }
        if batch.generations.isEmpty { tellQuiet() }
        Task { step() }
    }

    /// Gives the expert cache as many slots as it may have now. Between two passes.
    private func fitCache() {
        guard let experts = loaded?.model.pagedExperts else { return }
        let count = allowance.withLock {
            $0.slots(of: experts.slotCount, atLeast: experts.minimumSlotCount, now: .now)
        }
        guard count != experts.heldSlotCount else { return }
        experts.limitSlots(to: count)
    }

    /// Begins the answers for which there are places.
    private func admit() {
        while waitingForQuiet.isEmpty, let job = admission.upcoming, mayJoin(job), admission.begin(job) {
            do throws(GenerationError) {
                try begin(job)
            } catch {
                finish(job, error, seconds: 0)
            }
        }
    }

    /// Whether the answer to `job` comes from the model in memory, or that may go.
    private func mayJoin(_ job: GenerationJob) -> Bool {
        guard let loaded, !batch.generations.isEmpty else { return true }
        let summary = try? library.find(job.request.model)
        return summary?.isSameFile(as: loaded.summary) ?? true
    }

    private func begin(_ job: GenerationJob) throws(GenerationError) {
        let start = ContinuousClock.now
        let summary = try library.find(job.request.model)
        let isLoaded = loaded?.summary.isSameFile(as: summary) ?? false
        let loaded = try load(summary)
        let loadSeconds = isLoaded ? 0 : (.now - start).seconds
        batch.add(try Generation(job, loaded, loadSeconds: loadSeconds, beside: batch.known))
    }

    private func finish(_ job: GenerationJob, _ failure: GenerationError?, seconds: Double) {
        keep(job.request.keepAlive)
        persistSoon()
        // The place is free before the client learns of the end: its next request must find it so.
        admission.finish(job, seconds: seconds)
        job.events.finish(throwing: failure)
        if batch.generations.isEmpty { rememberUsage() }
    }

    /// Waits until no answer is generated.
    private func whenQuiet() async {
        while !batch.generations.isEmpty { await withCheckedContinuation { waitingForQuiet.append($0) } }
    }

    private func tellQuiet() {
        let waiting = waitingForQuiet
        waitingForQuiet = []
        for continuation in waiting { continuation.resume() }
    }

    /// Keeps for later runs which experts were used, when nobody waits for it.
    private func rememberUsage() {
        guard let loaded, tokensToRemember >= Self.rememberedTokenCount else { return }
        tokensToRemember = 0
        // A folder that may not be written to only makes the next start slower.
        try? loaded.model.rememberUsage()
    }

    /// The model of `summary` in memory; another one makes room first.
    private func load(_ summary: ModelSummary) throws(GenerationError) -> LoadedModel {
        if let loaded, loaded.summary.isSameFile(as: summary) { return loaded }
        if loaded != nil { letGo() }
        let clock = ContinuousClock()
        let start = clock.now
        let fresh = try LoadedModel.load(summary, options)
        loaded = fresh
        shown.withLock { $0 = Shown(summary: fresh.summary, model: fresh.model) }
        options.report(.loaded(fresh.summary, seconds: (clock.now - start).seconds))
        return fresh
    }

    // MARK: Keeping the model

    /// Brings a model into memory once those before have been served.
    public func load(_ model: String?, keepAlive: KeepAlive?) async throws(GenerationError) {
        let summary = try library.find(model)
        if loaded?.summary.isSameFile(as: summary) != true { await whenQuiet() }
        let loaded = try load(summary)
        if batch.generations.isEmpty {
            if admission.depth == 0 { loaded.recallContext() }
            loaded.model.compute.pool.rest()
        }
        keep(keepAlive)
    }

    /// Lets a model go once no answer comes from it; does nothing if it is not in memory.
    public func unload(_ model: String?) async throws(GenerationError) {
        let summary = try library.find(model)
        await whenQuiet()
        if let loaded, model == nil || loaded.summary.isSameFile(as: summary) { letGo() }
    }

    /// Lets whatever model is in memory go once no answer comes from it.
    public func unload() async {
        await whenQuiet()
        if loaded != nil { letGo() }
    }

    /// Writes to disk what should outlive this process; gives up as soon as somebody asks for something.
    public func persist() async {
        await whenQuiet()
        write()
    }

    private func write() {
        loaded?.prefixes.persist { admission.depth > 0 }
        rememberUsage()
    }

    private func writeIfIdle() { if admission.depth == 0 { write() } }

    /// Seconds without a request after which contexts are written to disk.
    private static let idleSecondsBeforeWriting = 10

    /// Sees to it that the contexts get to disk once nobody asks for anything for a while.
    private func persistSoon() {
        persisting?.cancel()
        guard loaded?.prefixes.hasNews == true else { return }
        persisting = Task {
            do { try await Task.sleep(for: .seconds(Self.idleSecondsBeforeWriting)) } catch { return }
            writeIfIdle()
        }
    }

    private func letGo() {
        write()
        expiring?.cancel()
        expiring = nil
        let summary = loaded?.summary
        loaded = nil
        shown.withLock { $0 = nil }
        if let summary { options.report(.letGo(summary)) }
    }

    /// Sets the time after which the model goes if nobody asks for it again.
    private func keep(_ keepAlive: KeepAlive?) {
        expiring?.cancel()
        expiring = nil
        guard loaded != nil else { return }
        guard case .atMost(let duration) = keepAlive ?? adjustable.withLock({ $0.keepAlive }) else {
            return shown.withLock { $0?.expiry = nil }
        }
        let expiry = ContinuousClock.now + duration
        shown.withLock { $0?.expiry = expiry }
        expiring = Task {
            do { try await Task.sleep(until: expiry, clock: .continuous) } catch { return }
            letGoIfExpired()
        }
    }

    private func letGoIfExpired() {
        guard let expiry = expiry(), expiry <= .now, admission.depth == 0 else { return }
        letGo()
    }
}
