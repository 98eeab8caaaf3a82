import Inference
import JSON
import Tokenizer

/// A request to `/v1/chat/completions`, checked and turned into the engine's terms.
struct ChatRequest: Sendable {
    /// What the engine is asked.
    var generation: GenerationRequest
    /// What the answer must be; its grammar is not in `generation` yet.
    var format: AnswerFormat
    /// Whether the answer is a stream of events.
    var streams: Bool
    /// Whether a stream ends with a chunk of counts.
    var includesUsage: Bool
    /// Whether a stream tells how far the prompt is.
    var returnsProgress: Bool

    /// Checks a request's JSON.
    init(_ body: JSONValue) throws(APIError) {
        let fields = try FieldReader(body)
        try Self.refuseUnsupported(fields)
        let tools = try ToolReader.tools(fields)
        let conversation = Conversation(
            messages: try MessageReader.messages(in: fields), tools: tools,
            thinking: try ThinkingReader.thinking(fields))
        generation = GenerationRequest(
            model: try fields.name("model"), prompt: .chat(conversation),
            sampling: try SamplingReader.sampling(fields),
            maximumTokens: try SamplingReader.maximumTokens(fields, "max_completion_tokens", "max_tokens"),
            stop: try SamplingReader.stop(fields, atMost: 4))
        generation.logitBias = try SamplingReader.logitBias(fields)
        generation.likeliestCount = try SamplingReader.likeliestCount(fields)
        generation.toolChoice = try ToolReader.choice(fields, among: tools)
        generation.callsInParallel = try fields.bool("parallel_tool_calls") ?? true
        generation.timeout = try SamplingReader.timeout(fields)
        format = try AnswerFormat(fields)
        streams = try fields.bool("stream") ?? false
        includesUsage = try fields.object("stream_options")?.bool("include_usage") ?? false
        returnsProgress = try fields.bool("return_progress") ?? false
    }

    /// Fields that a client relies on when it sets them: what we cannot honour is refused, never ignored.
    private static func refuseUnsupported(_ fields: FieldReader) throws(APIError) {
        if let count = try fields.integer("n", in: 1 ... .max), count != 1 {
            throw .unsupported("n", "more than one answer is")
        }
        if let grammar = fields.value("grammar"), grammar != "" {
            throw .unsupported("grammar", "a grammar other than a schema in 'response_format' is")
        }
        for name in ["functions", "function_call"] {
            guard let value = fields.value(name), value != [], value != "none", value != "auto" else { continue }
            throw .unsupported(name, "the field that 'tools' has replaced is")
        }
        if let modalities = try fields.array("modalities"), modalities.contains(where: { $0 != "text" }) {
            throw .unsupported("modalities", "output other than text is")
        }
    }
}
