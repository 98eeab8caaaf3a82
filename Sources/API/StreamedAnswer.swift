// An answer sent while it is generated. One task owns the writer and the state below; two children feed it, one with
// the generator's events, one with the time. The status line waits for the first event that promises an answer, so
// that a refusal is still a plain HTTP error; when that takes long, words of patience begin after a few seconds.

import Inference
import Server

/// The state of one streamed answer, in any dialect.
struct StreamedAnswer<Encoder: AnswerEncoder> {
    /// What the children report.
    private enum Signal: Sendable {
        case event(GenerationEvent)
        case failed(APIError)
        case tick
    }

    private var encoder: Encoder
    private let writer: ResponseWriter
    private let keepaliveInterval: Duration
    private let began = ContinuousClock.now
    private var lastWrite = ContinuousClock.now
    private var hasStarted = false
    private var wait = AnswerWait.turn(ahead: nil)
    private var decodes = false
    private var outcome = AnswerOutcome.abandoned

    init(encoder: Encoder, writer: ResponseWriter, keepaliveInterval: Duration) {
        self.encoder = encoder
        self.writer = writer
        self.keepaliveInterval = keepaliveInterval
    }

    /// Sends the whole answer; returns early if the client leaves. Throws what can still be a plain HTTP error.
    mutating func run(_ events: GenerationEvents) async throws -> AnswerOutcome {
        let (signals, continuation) = AsyncStream.makeStream(of: Signal.self)
        let interval = keepaliveInterval
        var state = self
        defer { self = state }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await event in events { continuation.yield(.event(event)) }
                    // A stream that was cancelled ends as well, and then nobody listens.
                    if !Task.isCancelled { continuation.yield(.failed(.endedEarly)) }
                } catch {
                    continuation.yield(.failed(APIError(generation: error)))
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: interval / 5)
                    continuation.yield(.tick)
                }
            }
            for await signal in signals where try await !state.handle(signal) { break }
            group.cancelAll()
        }
        return state.outcome
    }

    /// Acts on a signal; false after the last one.
    private mutating func handle(_ signal: Signal) async throws -> Bool {
        switch signal {
        case .event(let event): return try await handle(event)
        case .failed(let error):
            try await fail(error)
            return false
        case .tick:
            try await keepAlive()
            return true
        }
    }

    private mutating func handle(_ event: GenerationEvent) async throws -> Bool {
        switch event {
        case .queued(let ahead):
            try await tell(.turn(ahead: ahead))
        case .admitted(let promptTokenCount, let cachedTokenCount):
            wait = .prompt(processed: cachedTokenCount, total: promptTokenCount, cached: cachedTokenCount)
            try await start()
            try await write(encoder.begin())
        case .prefill(let processed, let total):
            var cached = 0
            if case .prompt(_, _, let count) = wait { cached = count }
            try await tell(.prompt(processed: processed, total: total, cached: cached))
        case .answer(let parts, let probabilities):
            decodes = true
            try await start()
            try await write(encoder.answer(parts, probabilities))
        case .finished(let summary):
            writer.annotate(summary.note)
            try await start()
            try await writer.finish(encoder.finish(summary))
            outcome = .completed
            return false
        }
        return true
    }

    /// Remembers how far the request is, and tells those who want to know at once.
    private mutating func tell(_ wait: AnswerWait) async throws {
        self.wait = wait
        let elapsed = Int((ContinuousClock.now - began) / .milliseconds(1))
        if let progress = encoder.progress(wait, milliseconds: elapsed) {
            try await start()
            try await write(progress)
        } else if hasStarted, case .turn = wait {
            try await write(encoder.patience(wait))
        } else {
            try await keepAlive()
        }
    }

    private mutating func keepAlive() async throws {
        // Once text flows, silence has its own meaning: a stalled disk is seen by the client's time-out.
        guard !decodes, ContinuousClock.now - lastWrite >= keepaliveInterval else { return }
        try await start()
        try await write(encoder.patience(wait))
    }

    private mutating func fail(_ error: APIError) async throws {
        guard hasStarted else { throw error }
        writer.annotate("error=\(error.code ?? error.type)")
        outcome = AnswerOutcome(error)
        try await writer.finish(encoder.failure(error))
    }

    private mutating func start() async throws {
        guard !hasStarted else { return }
        hasStarted = true
        try await writer.startStream(headers: ["Content-Type": Encoder.contentType, "Cache-Control": "no-cache"])
    }

    private mutating func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try await writer.write(bytes)
        lastWrite = .now
    }
}
