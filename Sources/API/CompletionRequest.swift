import Inference
import JSON
import Tokenizer

/// A request to `/v1/completions`, checked and turned into the engine's terms.
struct CompletionRequest: Sendable {
    /// What the engine is asked.
    var generation: GenerationRequest
    /// What the answer must be; its grammar is not in `generation` yet.
    var format: AnswerFormat
    /// The prompt, if it is repeated before the answer; else empty.
    var echo: String
    /// Whether the answer is a stream of events.
    var streams: Bool
    /// Whether a stream ends with a chunk of counts.
    var includesUsage: Bool

    /// OpenAI's limit where the client sets none: a text that is continued has no end of its own.
    private static let standardMaximum = 16

    /// Checks a request's JSON.
    init(_ body: JSONValue) throws(APIError) {
        let fields = try FieldReader(body)
        for name in ["n", "best_of"] {
            guard let count = try fields.integer(name, in: 1 ... .max), count != 1 else { continue }
            throw .unsupported(name, "more than one answer is")
        }
        if let suffix = try fields.string("suffix"), !suffix.isEmpty {
            throw .unsupported("suffix", "filling in the middle is")
        }
        let prompt = try Self.prompt(fields)
        generation = GenerationRequest(
            model: try fields.name("model"), prompt: prompt, sampling: try SamplingReader.sampling(fields),
            maximumTokens: try SamplingReader.maximumTokens(fields, "max_tokens", standard: Self.standardMaximum),
            stop: try SamplingReader.stop(fields, atMost: 4))
        generation.logitBias = try SamplingReader.logitBias(fields)
        generation.likeliestCount = try fields.integer("logprobs", in: 0...20)
        format = try AnswerFormat(fields)
        generation.timeout = try SamplingReader.timeout(fields)
        streams = try fields.bool("stream") ?? false
        includesUsage = try fields.object("stream_options")?.bool("include_usage") ?? false
        echo = ""
        guard try fields.bool("echo") == true else { return }
        guard case .text(let text) = prompt else { throw .unsupported("echo", "repeating token ids is") }
        guard generation.likeliestCount == nil else {
            throw .unsupported("echo", "log probabilities of the prompt are")
        }
        echo = text
    }

    /// A text, an array of one, or token ids.
    private static func prompt(_ fields: FieldReader) throws(APIError) -> GenerationRequest.Prompt {
        guard let value = fields.value("prompt") else { throw .invalid("prompt", "is required") }
        if let text = value.stringValue { return .text(text) }
        guard var elements = value.arrayValue, let first = elements.first else {
            throw .invalid("prompt", "must be a string, or an array of one string or of token ids")
        }
        if first.stringValue != nil || first.arrayValue != nil {
            guard elements.count == 1 else { throw .unsupported("prompt", "more than one prompt is") }
            if let text = first.stringValue { return .text(text) }
            elements = first.arrayValue ?? []
        }
        var tokens: [TokenID] = []
        tokens.reserveCapacity(elements.count)
        for element in elements {
            guard let token = element.intValue.flatMap({ TokenID(exactly: $0) }), token >= 0 else {
                throw .invalid("prompt", "must hold token ids only")
            }
            tokens.append(token)
        }
        guard !tokens.isEmpty else { throw .invalid("prompt", "must not be empty") }
        return .tokens(tokens)
    }
}
