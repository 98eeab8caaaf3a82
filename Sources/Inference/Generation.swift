import ExpertStore
import Grammar
import JSON
import Kernels
import Tokenizer

/// One answer while it is generated: context, sampler, and what is made of the tokens. On the engine's thread.
///
/// What is to be computed is always the part of prompt and answer that is not in the cache. That is the prompt at first
/// and one token later, but more again after the context had to make room for others.
final class Generation {
    let job: GenerationJob
    private let loaded: LoadedModel
    /// Prompt and answer.
    private var sequence: [TokenID]
    private let promptCount: Int
    /// Tokens that the answer may have.
    private let limit: Int
    /// What of the sequence has been computed.
    private(set) var cache: KVCache
    private var sampler: Sampler
    private var answer: AnswerText
    private var matcher: GrammarMatcher?
    private var summary: GenerationSummary
    private let began = ContinuousClock.now
    private var promptEnd: ContinuousClock.Instant?
    private let pagingBefore: PagingStatistics?
    /// Whether its context has made room for others.
    private(set) var isSuspended = false

    /// Prepares the answer to `job` beside the contexts of `others`; throws what of the request cannot be honoured.
    init(
        _ job: GenerationJob, _ loaded: LoadedModel, loadSeconds: Double, beside others: [PrefixCache.Known]
    ) throws(GenerationError) {
        self.job = job
        self.loaded = loaded
        let request = job.request
        let (prompt, opensReasoning) = try loaded.tokens(request.prompt)
        guard prompt.count < loaded.contextLength else {
            throw GenerationError(
                .contextExceeded(promptTokenCount: prompt.count, contextLength: loaded.contextLength),
                field: request.prompt.field,
                "the prompt has \(prompt.count) tokens, the context holds \(loaded.contextLength); shorten the prompt")
        }
        (sequence, promptCount) = (prompt, prompt.count)
        limit = min(request.maximumTokens ?? .max, loaded.contextLength - prompt.count)
        sampler = try loaded.sampler(request, prompt: prompt)
        let syntax = request.readsCalls ? loaded.chatFormat.callSyntax : nil
        answer = AnswerText(
            loaded.tokenizer, stop: request.stop, markers: syntax?.markers ?? [],
            AnswerReader(syntax, tools: request.tools, inReasoning: opensReasoning))
        matcher = try loaded.grammar(for: request).map { GrammarMatcher($0, loaded.table.value) }
        cache = loaded.context(for: prompt, beside: others)
        pagingBefore = loaded.model.paging
        summary = GenerationSummary(
            finishReason: .length, promptTokenCount: promptCount, cachedTokenCount: cache.count,
            completionTokenCount: 0, loadSeconds: loadSeconds, prefillSeconds: 0, decodeSeconds: 0)
        job.events.yield(.admitted(promptTokenCount: promptCount, cachedTokenCount: cache.count))
        if cache.count > 0 { job.events.yield(.prefill(processed: cache.count, total: promptCount)) }
    }

    /// Tokens that are not in the cache yet: one where the next token of the answer is to be computed.
    var pendingCount: Int { sequence.count - cache.count }

    /// Whether more than the last token is to be computed.
    var isReading: Bool { pendingCount > 1 }

    /// What the cache holds, for others whose prompts begin so.
    var known: PrefixCache.Known { PrefixCache.Known(tokens: sequence, cache: cache) }

    /// Up to `count` of the tokens that are to be computed next.
    func part(atMost count: Int) -> BatchPart {
        let end = min(cache.count + count, sequence.count)
        return BatchPart(
            Array(sequence[cache.count..<end]), cache: cache, logits: end == sequence.count ? .last : .none)
    }

    /// Takes note of tokens that were computed, and of the `logits` behind the last one of the sequence; returns whether
    /// the answer is complete.
    func advance(_ logits: [Float]?) throws -> Bool {
        if promptEnd == nil { job.events.yield(.prefill(processed: min(cache.count, promptCount), total: promptCount)) }
        guard let logits else { return false }
        if promptEnd == nil { promptEnd = .now }
        guard let reason = try proceed(logits) else { return false }
        summary.finishReason = reason
        return true
    }

    /// Chooses the next token; returns why the answer ends, if it does.
    private func proceed(_ logits: [Float]) throws -> FinishReason? {
        guard completionCount < limit else { return .length }
        guard let token = choose(logits) else { return .stop }
        sequence.append(token)
        let isEnd = loaded.tokenizer.endOfGeneration.contains(token)
        let (parts, isStopped) = isEnd ? ([], false) : answer.append(token)
        tell(parts, isEnd ? nil : probability(of: token, logits))
        if isEnd || isStopped { return .stop }
        return completionCount == limit ? .length : nil
    }

    private var completionCount: Int { sequence.count - promptCount }

    /// Tokens of prompt and answer.
    var tokenCount: Int { sequence.count }

    /// Seconds since it began.
    var seconds: Double { (.now - began).seconds }

    /// The rest of the answer and what it cost.
    func complete() {
        tell(answer.finish())
        if summary.finishReason == .stop, answer.reader.callCount > 0 { summary.finishReason = .toolCalls }
        summary.completionTokenCount = completionCount
        let end = promptEnd ?? .now
        summary.prefillSeconds = (end - began).seconds
        summary.decodeSeconds = (.now - end).seconds
        summary.paging = pagingBefore.flatMap { loaded.model.paging?.since($0) }
        job.events.yield(.finished(summary))
    }

    /// Keeps what was computed for later requests.
    func keepContext() {
        guard !isSuspended else { return }
        loaded.prefixes.keep(cache, sequence)
    }

    /// Lets others have the memory of its context, until `resume`.
    func suspend() {
        keepContext()
        isSuspended = true
        cache = loaded.makeCache()
    }

    /// Takes up again what is still known of its context.
    func resume(beside others: [PrefixCache.Known]) {
        isSuspended = false
        cache = loaded.context(for: sequence, beside: others)
    }

    /// The next token; `nil` if the grammar allows none, which is its end.
    private func choose(_ logits: [Float]) -> TokenID? {
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

extension GenerationRequest.Prompt {
    /// What clients call it.
    var field: String { if case .chat = self { "messages" } else { "prompt" } }
}
