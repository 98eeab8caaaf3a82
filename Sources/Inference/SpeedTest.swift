import ExpertStore
import Tokenizer

/// How fast a model reads a prompt and generates.
public struct SpeedTest: Sendable {
    /// Seconds for the whole prompt.
    public let prefillSeconds: Double
    /// Tokens of the prompt.
    public let promptTokenCount: Int
    /// Seconds of each generated token.
    public let decodeSeconds: [Double]
    /// What paging cost while tokens were generated; `nil` if all weights are in memory.
    public let decodePaging: PagingStatistics?

    /// Reads the first `promptCount` of `tokens` as one prompt and then, after an empty context of its own, decodes
    /// `warmUpCount` and then `decodeCount` ones as if they had been generated, so that every run does the same work; the
    /// former are not counted. `betweenTokens` is called after each of the latter, off the clock.
    public static func run(
        _ model: Model, tokens: [TokenID], promptCount: Int, warmUpCount: Int = 0, decodeCount: Int,
        progress: (Int, Int) -> Void = { _, _ in }, betweenTokens: (Int) -> Void = { _ in }
    ) throws -> SpeedTest {
        precondition(tokens.count >= max(promptCount, warmUpCount + decodeCount + 1), "too few tokens")
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
        let cache = model.makeCache(contextLength: warmUpCount + decodeCount + 1)
        for index in 0..<warmUpCount { _ = try model.forward([tokens[index]], cache: cache) }
        let before = model.paging
        for index in 0..<decodeCount {
            let start = clock.now
            _ = try model.forward([tokens[warmUpCount + index]], cache: cache)
            decode.append((clock.now - start).seconds)
            betweenTokens(index)
            progress(promptCount + index + 1, promptCount + decodeCount)
        }
        return SpeedTest(
            prefillSeconds: prefill.seconds, promptTokenCount: promptCount, decodeSeconds: decode,
            decodePaging: before.flatMap { before in model.paging?.since(before) })
    }

    /// Tokens per second of the prompt.
    public var prefillRate: Double { Double(promptTokenCount) / prefillSeconds }

    /// Tokens per second by the median of the tokens' times.
    public var medianDecodeRate: Double {
        let sorted = decodeSeconds.sorted()
        return sorted.isEmpty ? 0 : 1 / sorted[sorted.count / 2]
    }

    /// Tokens per second over all generated tokens.
    public var meanDecodeRate: Double {
        decodeSeconds.isEmpty ? 0 : Double(decodeSeconds.count) / decodeSeconds.reduce(0, +)
    }
}
