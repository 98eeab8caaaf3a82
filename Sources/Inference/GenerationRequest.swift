import Grammar
import Tokenizer

/// What a client asks the engine for: a prompt, how to sample, and when to stop.
public struct GenerationRequest: Sendable {
    /// The text to continue, before it is turned into tokens.
    public enum Prompt: Sendable {
        /// A conversation, rendered by the model's own chat format.
        case chat(Conversation)
        /// Raw text, continued as it stands (special tokens inside it are ordinary text).
        case text(String)
        /// Token ids, for diagnostics.
        case tokens([TokenID])
    }

    /// Name of an installed model, or an absolute path; `nil` means the default model.
    public var model: String?
    /// The text to continue.
    public var prompt: Prompt
    /// Sampling settings the client set; the others come from the model's own defaults.
    public var sampling: SamplingOverrides
    /// Added to the logits of these tokens before anything else.
    public var logitBias: [TokenID: Float] = [:]
    /// How many of the likeliest tokens are told at each place beside the one that came; `nil` tells no probabilities.
    public var likeliestCount: Int?
    /// What the answer must be, after its reasoning; `nil` leaves it free.
    public var grammar: Grammar?
    /// Whether the answer calls tools, which are in the conversation.
    public var toolChoice = ToolChoice.auto
    /// Whether it may call several.
    public var callsInParallel = true
    /// How long the model stays in memory afterwards; `nil` leaves that to the engine.
    public var keepAlive: KeepAlive?
    /// How long after it was submitted the answer must be complete; `nil` for no limit.
    public var timeout: Duration?
    /// Who asks, for fairness; `nil` if that is not known.
    public var userID: UInt32?
    /// Upper bound on generated tokens; `nil` means until the context is full.
    public var maximumTokens: Int?
    /// Generation ends before the first of these strings; they are not part of the answer.
    public var stop: [String]

    /// Makes a request; everything but the prompt has a default.
    public init(
        model: String? = nil, prompt: Prompt, sampling: SamplingOverrides = SamplingOverrides(),
        maximumTokens: Int? = nil, stop: [String] = []
    ) {
        self.model = model
        self.prompt = prompt
        self.sampling = sampling
        self.maximumTokens = maximumTokens
        self.stop = stop
    }
}

/// Sampling settings of one request; `nil` keeps the model's default.
public struct SamplingOverrides: Sendable, Equatable {
    /// 0 picks the most likely token always.
    public var temperature: Float?
    /// Keep only the k most likely tokens; 0 keeps all.
    public var topK: Int?
    /// Keep the smallest set whose probability reaches this.
    public var topP: Float?
    /// Drop tokens less likely than this share of the most likely one.
    public var minP: Float?
    /// Divides the logits of tokens already seen (1 is off).
    public var repetitionPenalty: Float?
    /// Subtracted per earlier occurrence in the answer.
    public var frequencyPenalty: Float?
    /// Subtracted once for a token that occurred in the answer.
    public var presencePenalty: Float?
    /// Seed of the random numbers; `nil` draws one.
    public var seed: UInt64?

    /// Makes an empty set of overrides.
    public init() {}
}
