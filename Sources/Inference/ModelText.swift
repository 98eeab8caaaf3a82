import Checkpoint
import JSON
import Tokenizer

/// What turns text into a model's tokens and back: tokenizer and chat format, from the model's own files.
public struct ModelText: Sendable {
    /// The tokenizer.
    public let tokenizer: Tokenizer
    /// The chat format.
    public let chatFormat: ChatFormat
    /// Whether the format was guessed because the template is none that is known.
    public let isGuessedFormat: Bool

    /// Reads the tokenizer and chat template that belong to `source`.
    public init(_ source: ModelSource) throws {
        let definition: TokenizerDefinition
        switch try source.metadata() {
        case .gguf(let metadata):
            definition = try TokenizerDefinition(gguf: try Self.tokenizerMetadata(metadata, source))
        case .huggingFace(let folder):
            guard let tokenizerJSON = try folder.json("tokenizer.json") else {
                throw CheckpointError(
                    .unreadable, path: folder.path + "/tokenizer.json", field: "file",
                    "is missing; copy it beside config.json, or take a GGUF file of the model (tiktoken files are not read)"
                )
            }
            definition = try TokenizerDefinition(
                tokenizerJSON: tokenizerJSON, tokenizerConfig: try folder.json("tokenizer_config.json"),
                generationConfig: try folder.json("generation_config.json"),
                chatTemplate: try folder.text("chat_template.jinja"))
        }
        tokenizer = try Tokenizer(definition)
        (chatFormat, isGuessedFormat) = ChatFormat.detect(template: tokenizer.chatTemplate, tokenizer: tokenizer)
    }

    /// Reads tokenizer and chat template of the checkpoint at `path`.
    public static func open(_ path: String) throws -> ModelText { try ModelText(try ModelSource.open(path)) }

    private static func tokenizerMetadata(
        _ metadata: [String: GGUFValue], _ source: ModelSource
    ) throws(CheckpointError) -> GGUFTokenizerMetadata {
        /// A key's value if it is of the right kind; another kind is an error, absence is none.
        func value<Value>(_ key: String, _ convert: (GGUFValue) -> Value?) throws(CheckpointError) -> Value? {
            guard let stored = metadata[key] else { return nil }
            guard let value = convert(stored) else {
                throw CheckpointError(.invalidConfiguration, path: source.path, field: key, "is of the wrong kind")
            }
            return value
        }
        func string(_ key: String) throws(CheckpointError) -> String? {
            try value(key) { if case .string(let text) = $0 { text } else { nil } }
        }
        func strings(_ key: String) throws(CheckpointError) -> [String]? {
            try value(key) { if case .strings(let texts) = $0 { texts } else { nil } }
        }
        func integer(_ key: String) throws(CheckpointError) -> Int? {
            try value("tokenizer.ggml." + key) { if case .integer(let number) = $0 { number } else { nil } }
        }
        func flag(_ key: String) throws(CheckpointError) -> Bool? {
            try value("tokenizer.ggml." + key) { if case .bool(let flag) = $0 { flag } else { nil } }
        }
        guard let model = try string("tokenizer.ggml.model"), let tokens = try strings("tokenizer.ggml.tokens") else {
            throw CheckpointError(
                .invalidConfiguration, path: source.path, field: "tokenizer.ggml.tokens", "the file holds no tokenizer")
        }
        let types: [Int]? = try value("tokenizer.ggml.token_type") {
            if case .integers(let numbers) = $0 { numbers } else { nil }
        }
        var result = GGUFTokenizerMetadata(
            model: model, preTokenizer: try string("tokenizer.ggml.pre"), tokens: tokens, tokenTypes: types,
            merges: try strings("tokenizer.ggml.merges") ?? [])
        result.beginOfSentence = try integer("bos_token_id")
        result.endOfSentence = try integer("eos_token_id")
        result.padding = try integer("padding_token_id")
        result.unknown = try integer("unknown_token_id")
        for key in ["eot_token_id", "eom_token_id"] {
            if let token = try integer(key) { result.endsOfTurn.append(token) }
        }
        result.addsBeginOfSentence = try flag("add_bos_token")
        result.addsEndOfSentence = try flag("add_eos_token")
        result.chatTemplate = try string("tokenizer.chat_template")
        return result
    }
}
