import Inference
import Synchronization
import Tokenizer

/// An engine that plays a script for every request.
final class ScriptedGenerator: TextGenerator {
    enum Step: Sendable {
        case event(GenerationEvent)
        case pause(Duration)
        case fail(GenerationError)
        case crash
        case hang
        case end
    }

    /// A model that was asked for without a prompt.
    struct Order: Equatable, Sendable {
        var model: String?
        var keepAlive: KeepAlive?
        var loads: Bool
    }

    private struct State {
        var requests: [GenerationRequest] = []
        var orders: [Order] = []
        var running = 0
        var abandoned: [ContinuousClock.Instant] = []
    }

    struct Crash: Error {}

    private let script: [Step]
    private let refusal: GenerationError?
    private let lifetime: Duration?
    private let state = Mutex(State())

    init(_ script: [Step], refusal: GenerationError? = nil, lifetime: Duration? = nil) {
        self.script = script
        self.refusal = refusal
        self.lifetime = lifetime
    }

    /// A short answer.
    static func answering(_ pieces: [String], prompt: Int = 7, finish: FinishReason = .stop) -> ScriptedGenerator {
        answering(parts: pieces.map { [.content($0)] }, prompt: prompt, finish: finish)
    }

    /// A short answer, an event for every array.
    static func answering(
        parts: [[AnswerPart]], prompt: Int = 7, cached: Int = 0, finish: FinishReason = .stop
    ) -> ScriptedGenerator {
        answering(events: parts.map { .answer($0, []) }, prompt: prompt, cached: cached, finish: finish)
    }

    /// A short answer of these events.
    static func answering(
        events: [GenerationEvent], prompt: Int = 7, cached: Int = 0, finish: FinishReason = .stop
    ) -> ScriptedGenerator {
        var script: [Step] = [.event(.admitted(promptTokenCount: prompt, cachedTokenCount: cached))]
        script += [
            .event(.prefill(processed: (prompt + cached) / 2, total: prompt)),
            .event(.prefill(processed: prompt, total: prompt)),
        ]
        script += events.map { .event($0) }
        script.append(
            .event(.finished(summary(finish, prompt: prompt, cached: cached, completion: events.count + 1))))
        return ScriptedGenerator(script)
    }

    static func summary(
        _ reason: FinishReason, prompt: Int, cached: Int = 0, completion: Int
    ) -> GenerationSummary {
        GenerationSummary(
            finishReason: reason, promptTokenCount: prompt, cachedTokenCount: cached,
            completionTokenCount: completion, loadSeconds: 0.25, prefillSeconds: 0.5, decodeSeconds: 2, paging: paging)
    }

    /// What a model that is paged would report.
    static let paging: PagingReport = {
        var paging = PagingReport()
        paging.hitCount = 75
        paging.aheadHitCount = 15
        paging.missCount = 10
        paging.readByteCount = 200_000_000
        paging.stalledSeconds = 0.5
        paging.busySeconds = 0.25
        return paging
    }()

    static let model = ModelSummary(
        name: "deepseek-v2-lite", path: "/models/lite.gguf", createdAt: 1_700_000_000, byteCount: 9_000_000_000,
        contextLength: 4096)

    var requests: [GenerationRequest] { state.withLock { $0.requests } }
    var orders: [Order] { state.withLock { $0.orders } }
    var abandoned: [ContinuousClock.Instant] { state.withLock { $0.abandoned } }

    func installedModels() -> [ModelSummary] {
        [Self.model, ModelSummary(name: "team/big", path: "/models/big", createdAt: 1, byteCount: 2)]
    }

    func loadedModel() -> ModelSummary? { Self.model }

    func details(of model: ModelSummary) async -> ModelDetails? {
        guard model == Self.model else { return nil }
        return ModelDetails(
            architecture: "deepseek2", contextLength: 4096, parameterCount: 15_706_484_224, weightType: "Q4_0",
            reasons: false, licence: "mit")
    }

    func paging() -> PagingReport? { Self.paging }

    func workCount() -> Int { 0 }

    func memory() -> (limit: Int, used: Int) { (3 << 30, 1 << 30) }

    func queue() -> [QueueEntry] {
        (0..<state.withLock { $0.running }).map {
            QueueEntry(id: 40 + $0, userID: 1000, position: $0, ageSeconds: 100, expectedSeconds: 2.5)
        }
    }

    func expiry() -> ContinuousClock.Instant? { lifetime.map { .now + $0 } }

    func load(_ model: String?, keepAlive: KeepAlive?) async throws(GenerationError) {
        if let refusal { throw refusal }
        state.withLock { $0.orders.append(Order(model: model, keepAlive: keepAlive, loads: true)) }
    }

    func persist() async {}

    func unload(_ model: String?) async throws(GenerationError) {
        if let refusal { throw refusal }
        state.withLock { $0.orders.append(Order(model: model, keepAlive: nil, loads: false)) }
    }

    func submit(
        _ request: GenerationRequest
    ) throws(GenerationError) -> AsyncThrowingStream<GenerationEvent, any Error> {
        if let refusal { throw refusal }
        state.withLock {
            $0.requests.append(request)
            $0.running += 1
        }
        return AsyncThrowingStream { continuation in
            let task = Task { await self.play(continuation) }
            continuation.onTermination = { reason in
                self.state.withLock {
                    $0.running -= 1
                    if case .cancelled = reason { $0.abandoned.append(.now) }
                }
                task.cancel()
            }
        }
    }

    private func play(_ continuation: AsyncThrowingStream<GenerationEvent, any Error>.Continuation) async {
        for step in script {
            switch step {
            case .event(let event): continuation.yield(event)
            case .pause(let duration): try? await Task.sleep(for: duration)
            case .fail(let error): return continuation.finish(throwing: error)
            case .crash: return continuation.finish(throwing: Crash())
            case .hang: try? await Task.sleep(for: .seconds(60))
            case .end: return continuation.finish()
            }
        }
        continuation.finish()
    }
}

extension GenerationEvent {
    /// A piece of the answer's text.
    static func text(_ text: String) -> GenerationEvent { .answer([.content(text)], []) }

    /// The start with nothing known before.
    static func admitted(promptTokenCount: Int) -> GenerationEvent {
        .admitted(promptTokenCount: promptTokenCount, cachedTokenCount: 0)
    }
}
