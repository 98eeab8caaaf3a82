import ExpertStore

/// What the engine tells while it works on one request, in this order:
/// `admitted`, `prefill`…, `text`…, `finished`. Failures end the stream by throwing `GenerationError`.
public enum GenerationEvent: Sendable {
    /// The prompt was accepted and generation starts.
    case admitted(promptTokenCount: Int)
    /// Prompt tokens processed so far.
    case prefill(processed: Int, total: Int)
    /// A piece of the answer: whole characters only.
    case text(String)
    /// The last event of a successful generation.
    case finished(GenerationSummary)
}

/// Why a generation ended.
public enum FinishReason: String, Sendable {
    /// The model ended its turn, or a stop string was met.
    case stop
    /// `maximumTokens` or the context length was reached.
    case length
}

/// Counts and timings of one finished generation.
public struct GenerationSummary: Sendable {
    /// Why it ended.
    public var finishReason: FinishReason
    /// Tokens of the rendered prompt.
    public var promptTokenCount: Int
    /// Tokens generated, including the one that ended the turn.
    public var completionTokenCount: Int
    /// Seconds spent on the prompt.
    public var prefillSeconds: Double
    /// Seconds spent on generating.
    public var decodeSeconds: Double

    /// What paging cost; `nil` if all weights are in memory.
    public var paging: PagingStatistics?

    /// Makes a summary.
    public init(
        finishReason: FinishReason, promptTokenCount: Int, completionTokenCount: Int,
        prefillSeconds: Double, decodeSeconds: Double, paging: PagingStatistics? = nil
    ) {
        self.finishReason = finishReason
        self.promptTokenCount = promptTokenCount
        self.completionTokenCount = completionTokenCount
        self.prefillSeconds = prefillSeconds
        self.decodeSeconds = decodeSeconds
        self.paging = paging
    }
}
