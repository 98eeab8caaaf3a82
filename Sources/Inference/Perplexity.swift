import Glibc
import Tokenizer

/// Perplexity of a text, measured as llama.cpp's tool does: windows that do not overlap, the second half scored.
public struct Perplexity: Sendable {
    /// exp of the mean negative log-likelihood.
    public let value: Double
    /// Standard error of `value`.
    public let standardError: Double
    /// Tokens that were scored.
    public let scoredTokenCount: Int
    /// Perplexity of each window.
    public let windows: [Double]

    /// Scores `tokens` in windows of `context` tokens.
    ///
    /// - Parameters:
    ///   - beginOfSentence: replaces the first token of each window, for models that want one
    ///   - progress: told windows done and in all
    /// - Returns: `nil` if the text is shorter than one window.
    public static func measure(
        _ model: Model, tokens: [TokenID], context: Int, beginOfSentence: TokenID?,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Perplexity? {
        let windowCount = tokens.count / context
        var losses: [Double] = []
        var windows: [Double] = []
        for window in 0..<windowCount {
            progress(window, windowCount)
            var part = Array(tokens[window * context..<(window + 1) * context])
            if let beginOfSentence { part[0] = beginOfSentence }
            let own = try score(model, part)
            windows.append(exp(own.reduce(0, +) / Double(own.count)))
            losses += own
        }
        guard losses.count > 1 else { return nil }
        let mean = losses.reduce(0, +) / Double(losses.count)
        let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(losses.count - 1)
        let value = exp(mean)
        return Perplexity(
            value: value, standardError: value * (variance / Double(losses.count)).squareRoot(),
            scoredTokenCount: losses.count, windows: windows)
    }

    /// Negative log-likelihoods of the second half of a window.
    private static func score(_ model: Model, _ window: [TokenID]) throws -> [Double] {
        let cache = model.makeCache(contextLength: window.count)
        let first = window.count / 2
        var losses: [Double] = []
        for start in stride(from: 0, to: window.count, by: model.prefillChunk) {
            let end = min(start + model.prefillChunk, window.count)
            let rows = try model.forward(
                Array(window[start..<end]), cache: cache, logits: end > first ? .all : .none)
            for position in max(start, first)..<max(end, first) where position + 1 < window.count {
                losses.append(loss(rows.values(row: position - start), window[position + 1]))
            }
        }
        return losses
    }

    private static func loss(_ logits: [Float], _ token: TokenID) -> Double {
        let largest = logits.max() ?? 0
        let sum = logits.reduce(0.0) { $0 + Double(expf($1 - largest)) }
        return log(sum) - Double(logits[Int(token)] - largest)
    }
}
