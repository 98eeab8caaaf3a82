import ExpertStore

/// What the engine tells while it works on one request, in this order: `queued`…, `admitted`, `prefill`…, `answer`…,
/// `finished`. Failures end the stream by throwing `GenerationError`.
public enum GenerationEvent: Sendable {
    /// The request waits behind so many others; told when that changes.
    case queued(ahead: Int)
    /// The prompt was accepted and generation starts; of its tokens so many are known from earlier requests.
    case admitted(promptTokenCount: Int, cachedTokenCount: Int)
    /// Prompt tokens processed so far, those known before among them.
    case prefill(processed: Int, total: Int)
    /// More of the answer, whole characters only, and the probabilities of the tokens that it took, if asked for.
    case answer([AnswerPart], [TokenLogProbability])
    /// The last event of a successful generation.
    case finished(GenerationSummary)
}

/// Why a generation ended.
public enum FinishReason: String, Sendable {
    /// The model ended its turn, or a stop string was met.
    case stop
    /// `maximumTokens` or the context length was reached.
    case length
    /// The model ended its turn with calls of tools.
    case toolCalls = "tool_calls"
}

/// Counts and timings of one finished generation.
public struct GenerationSummary: Sendable {
    /// Why it ended.
    public var finishReason: FinishReason
    /// Tokens of the rendered prompt.
    public var promptTokenCount: Int
    /// Of these, tokens that were known from earlier requests.
    public var cachedTokenCount: Int
    /// Tokens generated, including the one that ended the turn.
    public var completionTokenCount: Int
    /// Seconds until the model was in memory; 0 if it was.
    public var loadSeconds: Double
    /// Seconds spent on the prompt.
    public var prefillSeconds: Double
    /// Seconds spent on generating.
    public var decodeSeconds: Double

    /// What paging cost; `nil` if all weights are in memory.
    public var paging: PagingStatistics?

    /// Makes a summary.
    public init(
        finishReason: FinishReason, promptTokenCount: Int, cachedTokenCount: Int = 0, completionTokenCount: Int,
        loadSeconds: Double = 0, prefillSeconds: Double, decodeSeconds: Double, paging: PagingStatistics? = nil
    ) {
        self.finishReason = finishReason
        self.promptTokenCount = promptTokenCount
        self.cachedTokenCount = cachedTokenCount
        self.completionTokenCount = completionTokenCount
        self.loadSeconds = loadSeconds
        self.prefillSeconds = prefillSeconds
        self.decodeSeconds = decodeSeconds
        self.paging = paging
    }
}
