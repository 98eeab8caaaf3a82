import Inference
import JSON
import Tokenizer

/// A request to `/api/chat` or `/api/generate`, checked and turned into the engine's terms.
struct OllamaRequest: Sendable {
    /// What is asked for.
    enum Task: Sendable {
        /// An answer; the grammar is not in the request yet.
        case generate(GenerationRequest, AnswerFormat)
        /// The model in memory.
        case load
        /// The model out of memory.
        case unload
    }

    /// The model as the client calls it; `nil` is the default one.
    var displayName: String?
    /// The model as the library calls it.
    var model: String?
    /// What is asked for.
    var task: Task
    /// How long the model is to stay.
    var keepAlive: KeepAlive?
    /// Whether the answer is a stream of lines: in this dialect it is, unless the client says otherwise.
    var streams: Bool

    /// Checks the JSON of a chat.
    init(chat body: JSONValue) throws(APIError) {
        let fields = try FieldReader(body)
        try self.init(common: fields)
        let messages = try OllamaMessageReader.messages(in: fields)
        let conversation = Conversation(
            messages: messages, tools: try ToolReader.tools(fields), thinking: try ThinkingReader.think(fields))
        try ask(.chat(conversation), fields, isEmpty: messages.isEmpty)
    }

    /// Checks the JSON of a generation.
    init(generate body: JSONValue) throws(APIError) {
        let fields = try FieldReader(body)
        try self.init(common: fields)
        if try fields.name("suffix") != nil { throw .unsupported("suffix", "filling in the middle is") }
        if try fields.name("template") != nil { throw .unsupported("template", "another prompt template is") }
        if let images = try fields.array("images"), !images.isEmpty { throw .unsupported("images", "images are") }
        if let context = try fields.array("context"), !context.isEmpty {
            throw .unsupported("context", "an earlier answer's context, which /api/chat replaces, is")
        }
        let prompt = try fields.string("prompt") ?? ""
        let system = try fields.name("system")
        let thinking = try ThinkingReader.think(fields)
        let isRaw = try fields.bool("raw") ?? false
        var messages = [ChatMessage(role: .user, content: prompt)]
        if let system { messages.insert(ChatMessage(role: .system, content: system), at: 0) }
        let conversation = Conversation(messages: messages, thinking: thinking)
        try ask(isRaw ? .text(prompt) : .chat(conversation), fields, isEmpty: prompt.isEmpty)
    }

    private init(common fields: FieldReader) throws(APIError) {
        displayName = try fields.name("model")
        model = Self.libraryName(displayName)
        streams = try fields.bool("stream") ?? true
        keepAlive = try KeepAliveReader.keepAlive(fields)
        task = keepAlive == .atMost(.zero) ? .unload : .load
    }

    /// Checks the other fields, and asks for an answer unless there is nothing to answer.
    private mutating func ask(
        _ prompt: GenerationRequest.Prompt, _ fields: FieldReader, isEmpty: Bool
    ) throws(APIError) {
        let options = try fields.object("options")
        var generation = GenerationRequest(model: model, prompt: prompt)
        if let options {
            generation.sampling = try SamplingReader.sampling(options)
            generation.stop = try SamplingReader.stop(options, atMost: 32)
            // Ollama's "no limit" is anything below 1.
            generation.maximumTokens = try options.integer("num_predict", in: .min ... .max).flatMap {
                $0 < 1 ? nil : $0
            }
        }
        generation.keepAlive = keepAlive
        generation.likeliestCount = try SamplingReader.likeliestCount(fields)
        generation.timeout = try SamplingReader.timeout(fields)
        let format = try AnswerFormat(ollama: fields)
        if !isEmpty { task = .generate(generation, format) }
    }

    /// Ollama's names end with a tag, ours have none.
    static func libraryName(_ name: String?) -> String? {
        guard let name, name.hasSuffix(":latest") else { return name }
        return String(name.dropLast(":latest".count))
    }
}
