import ExpertStore
import Tokenizer

/// How fast a model reads a prompt and generates.
public struct SpeedTest: Sendable {
    /// Seconds for the whole prompt.
    public let prefillSeconds: Double
    /// Tokens of the prompt.
    public let promptTokenCount: Int
    /// Seconds of each pass that generated a token of every session.
    public let decodeSeconds: [Double]
    /// Answers that were generated together.
    public let sessionCount: Int
    /// What paging cost while tokens were generated; `nil` if all weights are in memory.
    public let decodePaging: PagingStatistics?

    /// Reads the first `promptCount` of `tokens` as one prompt and then, after an empty context of its own, decodes
    /// `warmUpCount` and then `decodeCount` ones as if they had been generated, so that every run does the same work; the
    /// former are not counted. Of several sessions each decodes another part of the tokens. `betweenTokens` is called
    /// after each of the latter, off the clock.
    public static func run(
        _ model: Model, tokens: [TokenID], promptCount: Int, warmUpCount: Int = 0, decodeCount: Int,
        sessionCount: Int = 1, progress: (Int, Int) -> Void = { _, _ in }, betweenTokens: (Int) -> Void = { _ in }
    ) throws -> SpeedTest {
        precondition(tokens.count >= max(promptCount, 1), "too few tokens")
        let clock = ContinuousClock()
        // The first token fills caches and wakes threads; it is not counted.
        _ = try model.forward([tokens[0]], cache: model.makeCache(contextLength: 1))
        var prefill = Duration.zero
        if promptCount > 0 {
            let cache = model.makeCache(contextLength: promptCount)
            let start = clock.now
            for first in stride(from: 0, to: promptCount, by: model.prefillChunk) {
                let end = min(first + model.prefillChunk, promptCount)
                _ = try model.forward(
                    Array(tokens[first..<end]), cache: cache, logits: end == promptCount ? .last : .none)
                progress(end, promptCount + decodeCount)
            }
            prefill = clock.now - start
        }
        var decode: [Double] = []
        let caches = (0..<sessionCount).map { _ in model.makeCache(contextLength: warmUpCount + decodeCount + 1) }
        func parts(_ index: Int) -> [BatchPart] {
            caches.enumerated().map { session, cache in
                let first = session * (tokens.count / sessionCount)
                return BatchPart([tokens[(first + index) % tokens.count]], cache: cache)
            }
        }
        for index in 0..<warmUpCount { _ = try model.forward(parts(index)) }
        let before = model.paging
        for index in 0..<decodeCount {
            let start = clock.now
            _ = try model.forward(parts(warmUpCount + index))
            decode.append((clock.now - start).seconds)
            betweenTokens(index)
            progress(promptCount + index + 1, promptCount + decodeCount)
        }
        return SpeedTest(
            prefillSeconds: prefill.seconds, promptTokenCount: promptCount, decodeSeconds: decode,
            sessionCount: sessionCount,
            decodePaging: before.flatMap { before in model.paging?.since(before) })
    }

    /// Tokens per second of the prompt.
    public var prefillRate: Double { Double(promptTokenCount) / prefillSeconds }

    /// Tokens that were decoded.
    public var decodedTokenCount: Int { decodeSeconds.count * sessionCount }

    /// Tokens per second of all sessions by the median of the passes' times.
    public var medianDecodeRate: Double {
        let sorted = decodeSeconds.sorted()
        return sorted.isEmpty ? 0 : Double(sessionCount) / sorted[sorted.count / 2]
    }

    /// Tokens per second of all sessions over all generated tokens.
    public var meanDecodeRate: Double {
        decodeSeconds.isEmpty ? 0 : Double(decodedTokenCount) / decodeSeconds.reduce(0, +)
    }
}
