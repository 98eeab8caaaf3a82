import Grammar
import JSON
import Kernels
import Tokenizer

/// One answer while it is generated: context, sampler, and what is made of the tokens. On the engine's thread.
struct Generation {
    private let job: GenerationJob
    private let loaded: LoadedModel
    private let prompt: [TokenID]
    private let cache: KVCache
    private var sampler: Sampler
    private var answer: AnswerText
    private var matcher: GrammarMatcher?
    /// Tokens generated, including the one that ended the turn.
    private var tokens: [TokenID] = []
    private var summary: GenerationSummary

    /// Prepares the answer to `job`; throws what of the request cannot be honoured.
    init(_ job: GenerationJob, _ loaded: LoadedModel, loadSeconds: Double) throws(GenerationError) {
        self.job = job
        self.loaded = loaded
        let request = job.request
        let rendered = try loaded.tokens(request.prompt)
        prompt = rendered.tokens
        guard prompt.count < loaded.contextLength else {
            throw GenerationError(
                .contextExceeded(promptTokenCount: prompt.count, contextLength: loaded.contextLength),
                "the prompt has \(prompt.count) tokens, the context holds \(loaded.contextLength); shorten the prompt")
        }
        sampler = try loaded.sampler(request, prompt: prompt)
        let syntax = request.readsCalls ? loaded.chatFormat.callSyntax : nil
        answer = AnswerText(
            loaded.tokenizer, stop: request.stop, markers: syntax?.markers ?? [],
            AnswerReader(syntax, tools: request.tools, inReasoning: rendered.opensReasoning))
        matcher = try loaded.grammar(for: request).map { GrammarMatcher($0, loaded.table.value) }
        let (model, contextLength) = (loaded.model, loaded.contextLength)
        cache = loaded.prefixes.context(for: prompt) { model.makeCache(contextLength: contextLength) }
        summary = GenerationSummary(
            finishReason: .length, promptTokenCount: prompt.count, cachedTokenCount: cache.count,
            completionTokenCount: 0, loadSeconds: loadSeconds, prefillSeconds: 0, decodeSeconds: 0)
    }

    /// Generates the answer; what was computed is kept for later requests, whatever happens.
    mutating func run() throws -> GenerationSummary {
        defer { loaded.prefixes.keep(cache, prompt + tokens) }
        job.events.yield(.admitted(promptTokenCount: prompt.count, cachedTokenCount: cache.count))
        let clock = ContinuousClock()
        let start = clock.now
        let pagingBefore = loaded.model.paging
        let logits = try prefill()
        let prefillEnd = clock.now
        summary.prefillSeconds = (prefillEnd - start).seconds
        summary.finishReason = try decode(logits)
        tell(answer.finish())
        if summary.finishReason == .stop, answer.reader.callCount > 0 { summary.finishReason = .toolCalls }
        summary.completionTokenCount = tokens.count
        summary.decodeSeconds = (clock.now - prefillEnd).seconds
        summary.paging = pagingBefore.flatMap { loaded.model.paging?.since($0) }
        return summary
    }

    /// Puts the prompt into the cache, chunk by chunk; returns the logits after its last token.
    private func prefill() throws -> [Float] {
        var logits: [Float] = []
        let known = cache.count
        if known > 0 { job.events.yield(.prefill(processed: known, total: prompt.count)) }
        for start in stride(from: known, to: prompt.count, by: loaded.model.prefillChunk) {
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

    private mutating func decode(_ first: [Float]) throws -> FinishReason {
        var logits = first
        let room = loaded.contextLength - prompt.count
        let limit = min(job.request.maximumTokens ?? room, room)
        while tokens.count < limit {
            guard let token = choose(logits) else { return .stop }
            tokens.append(token)
            let isEnd = loaded.tokenizer.endOfGeneration.contains(token)
            let (parts, isStopped) = isEnd ? ([], false) : answer.append(token)
            tell(parts, isEnd ? nil : probability(of: token, logits))
            if isEnd || isStopped { return .stop }
            if tokens.count == limit { break }
            logits = try loaded.model.forward([token], cache: cache, isCancelled: { job.isCancelled })
                .values(row: 0)
        }
        return .length
    }

    /// The next token; `nil` if the grammar allows none, which is its end.
    private mutating func choose(_ logits: [Float]) -> TokenID? {
        // Reasoning is free; the grammar is about what follows it.
        guard matcher != nil, !answer.reader.isReasoning else { return sampler.next(logits) }
        guard let allowed = matcher?.allowedTokens(), let token = sampler.next(logits, allowed: allowed) else {
            return nil
        }
        _ = matcher?.accept(token)
        return token
    }

    private func probability(of token: TokenID, _ logits: [Float]) -> TokenLogProbability? {
        job.request.likeliestCount.map { LogProbabilities(logits).entry(token, likeliest: $0, loaded.tokenizer) }
    }

    private func tell(_ parts: [AnswerPart], _ probability: TokenLogProbability? = nil) {
        guard !parts.isEmpty || probability != nil else { return }
        job.events.yield(.answer(parts, probability.map { [$0] } ?? []))
    }
}

extension GenerationRequest {
    /// The tools of its conversation.
    var tools: [JSONValue] { if case .chat(let conversation) = prompt { conversation.tools } else { [] } }

    /// Whether its answer may call tools.
    var readsCalls: Bool { !tools.isEmpty && toolChoice != .none }
}
