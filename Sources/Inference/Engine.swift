import Checkpoint
import ExpertStore
import Memory
import Synchronization
import Tokenizer

/// The engine: one model in memory, one generation at a time, on a thread of its own.
///
/// `submit` and the status properties may be called from anywhere and never wait. Everything isolated to the actor
/// runs on its thread as plain synchronous code; the worker pool computes under it.
public actor Engine: TextGenerator {
    private nonisolated let executor = ThreadExecutor.start()
    private nonisolated let queue: AdmissionQueue
    private nonisolated let options: EngineOptions
    /// The model in memory, for those who look at it from other threads. They look while they hold the lock: a model
    /// must be gone before the next one takes its memory.
    private nonisolated let shown = Mutex<(summary: ModelSummary, model: Model)?>(nil)
    private var loaded: LoadedModel?
    /// Tokens since the uses of experts were last remembered.
    private var tokensToRemember = 0

    /// Tokens worth a write.
    private static let rememberedTokenCount = 64

    /// The engine's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Starts an engine without a model; it is loaded by the first request.
    public init(_ options: EngineOptions) {
        self.options = options
        queue = AdmissionQueue(limit: options.queueLimit)
    }

    deinit { executor.stop() }

    /// All models that a request may name, default model first.
    public nonisolated func installedModels() -> [ModelSummary] { options.library.models() }

    /// The model in memory, if any.
    public nonisolated func loadedModel() -> ModelSummary? { shown.withLock { $0?.summary } }

    /// What paging has cost since the model was loaded; `nil` if none is, or all of it is in memory.
    public nonisolated func paging() -> PagingStatistics? { shown.withLock { $0?.model.paging } }

    /// Requests running or waiting now.
    public nonisolated func queueDepth() -> Int { queue.depth }

    /// Puts a request in the queue, or throws at once if the queue is full or the model unknown.
    public nonisolated func submit(
        _ request: GenerationRequest
    ) throws(GenerationError) -> AsyncThrowingStream<GenerationEvent, any Error> {
        _ = try options.library.find(request.model)
        let (events, continuation) = AsyncThrowingStream<GenerationEvent, any Error>.makeStream()
        let job = GenerationJob(request, continuation)
        try queue.enter(job)
        continuation.onTermination = { [queue] _ in queue.abandon(job) }
        Task { await runNext() }
        return events
    }

    private func runNext() {
        guard let job = queue.next() else { return }
        let clock = ContinuousClock()
        let start = clock.now
        var failure: GenerationError?
        do throws(GenerationError) {
            try generate(job)
        } catch {
            failure = error
        }
        loaded?.model.compute.pool.rest()
        // The place is free before the client learns of the end: its next request must find it so.
        queue.finish(seconds: (clock.now - start).seconds)
        job.events.finish(throwing: failure)
        rememberUsage()
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
        loaded = nil
        shown.withLock { $0 = nil }
        let fresh = try LoadedModel.load(summary, options)
        loaded = fresh
        shown.withLock { $0 = (fresh.summary, fresh.model) }
        return fresh
    }

    private func generate(_ job: GenerationJob) throws(GenerationError) {
        guard !job.isCancelled else { return }
        let request = job.request
        let loaded = try load(try options.library.find(request.model))
        let prompt = try loaded.tokens(request.prompt)
        guard prompt.count < loaded.contextLength else {
            throw GenerationError(
                .contextExceeded(promptTokenCount: prompt.count, contextLength: loaded.contextLength),
                "the prompt has \(prompt.count) tokens, the context holds \(loaded.contextLength); shorten the prompt")
        }
        job.events.yield(.admitted(promptTokenCount: prompt.count))
        do {
            try decode(job, loaded, prompt)
        } catch is CancellationError {
            return
        } catch {
            throw GenerationError(wrapping: error)
        }
    }

    private func decode(_ job: GenerationJob, _ loaded: LoadedModel, _ prompt: [TokenID]) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let pagingBefore = loaded.model.paging
        let cache = loaded.model.makeCache(contextLength: loaded.contextLength)
        var logits = try prefill(job, loaded, prompt, cache)
        let prefillEnd = clock.now

        let room = loaded.contextLength - prompt.count
        let limit = min(job.request.maximumTokens ?? room, room)
        var sampler = loaded.sampler(job.request.sampling, prompt: prompt)
        var answer = AnswerText(loaded.tokenizer, stop: job.request.stop)
        var reason = FinishReason.length
        var count = 0
        while count < limit {
            let token = sampler.next(logits)
            count += 1
            if loaded.tokenizer.endOfGeneration.contains(token) {
                reason = .stop
                break
            }
            let (text, isStopped) = answer.append(token)
            if !text.isEmpty { job.events.yield(.text(text)) }
            if isStopped {
                reason = .stop
                break
            }
            if count == limit { break }
            logits = try loaded.model.forward([token], cache: cache, isCancelled: { job.isCancelled })
                .values(row: 0)
        }
        let rest = answer.finish()
        if !rest.isEmpty { job.events.yield(.text(rest)) }
        job.events.yield(
            .finished(
                GenerationSummary(
                    finishReason: reason, promptTokenCount: prompt.count, completionTokenCount: count,
                    prefillSeconds: (prefillEnd - start).seconds, decodeSeconds: (clock.now - prefillEnd).seconds,
                    paging: pagingBefore.flatMap { loaded.model.paging?.since($0) })))
        tokensToRemember += prompt.count + count
    }

    /// Puts the prompt into the cache, chunk by chunk; returns the logits after its last token.
    private func prefill(
        _ job: GenerationJob, _ loaded: LoadedModel, _ prompt: [TokenID], _ cache: KVCache
    ) throws -> [Float] {
        var logits: [Float] = []
        for start in stride(from: 0, to: prompt.count, by: loaded.model.prefillChunk) {
            let end = min(start + loaded.model.prefillChunk, prompt.count)
            let isLast = end == prompt.count
            let rows = try loaded.model.forward(
                Array(prompt[start..<end]), cache: cache, logits: isLast ? .last : .none,
                isCancelled: { job.isCancelled })
            if isLast { logits = rows.values(row: 0) }
            job.events.yield(.prefill(processed: end, total: prompt.count))
        }
        // A prompt needs far more room than single tokens do.
        loaded.model.compute.workspace.releaseSpares()
        return logits
    }
}
