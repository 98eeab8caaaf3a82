import Checkpoint
import Grammar
import JSON
import Memory
import Tokenizer

/// A model in memory with all that turns text into its tokens and back.
struct LoadedModel {
    let summary: ModelSummary
    let model: Model
    let tokenizer: Tokenizer
    let chatFormat: ChatFormat
    let samplingDefaults: SamplingDefaults
    /// Tokens a session may have.
    let contextLength: Int
    /// Rows of the vocabulary that stand for no token.
    let unusedTokens: [TokenID]
    /// The vocabulary as grammars need it, made when the first one comes.
    let table: Once<TokenTable>
    /// Contexts of earlier requests.
    let prefixes: PrefixCache

    static func load(_ summary: ModelSummary, _ options: EngineOptions) throws(GenerationError) -> LoadedModel {
        do {
            let source = try ModelSource.open(summary.path)
            let text = try ModelText(source)
            let model = try Model.load(
                source, budget: options.budget, threadCount: options.threadCount,
                precision: options.precision, paging: options.paging)
            var summary = summary
            let contextLength = min(options.contextLength, model.configuration.maxPositionEmbeddings)
            let identity = source.identity + "-" + options.precision.rawValue
            let prefix = ContextFile.prefix(of: identity, shape: model.makeCache(contextLength: 1).shape)
            let folder = options.contextFolder.flatMap { folder in
                PrivateFolder(path: folder.path).map { ContextFolder($0, byteLimit: folder.byteLimit, prefix: prefix) }
            }
            summary.contextLength = contextLength
            var chatFormat = text.chatFormat
            chatFormat.describesTools = true
            return LoadedModel(
                summary: summary, model: model, tokenizer: text.tokenizer, chatFormat: chatFormat,
                samplingDefaults: try source.samplingDefaults(), contextLength: contextLength,
                unusedTokens: (0..<TokenID(model.configuration.vocabSize)).filter { token in
                    text.tokenizer.kind(of: token).map { $0 == .unused } ?? true
                }, table: Once { text.tokenizer.makeTable() },
                prefixes: PrefixCache(folder: folder, contextLength: contextLength))
        } catch {
            throw GenerationError(wrapping: error)
        }
    }

    /// An empty context.
    func makeCache() -> KVCache { model.makeCache(contextLength: contextLength) }

    /// A context with what is known of the beginning of `tokens`, from earlier requests or from `others` that run.
    func context(for tokens: [TokenID], beside others: [PrefixCache.Known]) -> KVCache {
        prefixes.context(for: tokens, beside: others, make: makeCache)
    }

    /// Has the conversation that was written to disk last go on as if the process had never ended.
    func recallContext() { prefixes.recall(makeCache) }

    /// The tokens of a prompt, rendered by the chat format where it is a conversation, and whether they open the model's
    /// reasoning.
    func tokens(
        _ prompt: GenerationRequest.Prompt
    ) throws(GenerationError) -> (tokens: [TokenID], opensReasoning: Bool) {
        let tokens: [TokenID]
        var opensReasoning = false
        switch prompt {
        case .chat(let conversation):
            do {
                let segments = try chatFormat.render(conversation)
                if case .literal(let end)? = segments.last {
                    opensReasoning = end.hasSuffix("<think>") || end.hasSuffix("<think>\n")
                }
                tokens = tokenizer.encode(segments)
            } catch {
                throw GenerationError(.invalidRequest, field: "messages", "\(error)")
            }
        case .text(let text): tokens = tokenizer.encodeDocument(text)
        case .tokens(let given): tokens = given
        }
        guard !tokens.isEmpty else {
            throw GenerationError(.invalidRequest, field: prompt.field, "the prompt is empty")
        }
        guard tokens.allSatisfy({ (0..<model.configuration.vocabSize).contains(Int($0)) }) else {
            throw GenerationError(
                .invalidRequest, field: prompt.field,
                "the prompt holds a token id outside 0..<\(model.configuration.vocabSize)")
        }
        return (tokens, opensReasoning)
    }

    /// A sampler that never chooses padding rows of the vocabulary.
    func sampler(_ request: GenerationRequest, prompt: [TokenID]) throws(GenerationError) -> Sampler {
        let size = model.configuration.vocabSize
        if let token = request.logitBias.keys.first(where: { !(0..<size).contains(Int($0)) }) {
            throw GenerationError(
                .invalidRequest, field: "logit_bias", "'logit_bias' names token \(token), which is outside 0..<\(size)")
        }
        return Sampler(
            SamplingParameters(request.sampling, defaults: samplingDefaults), prompt: prompt,
            forbidden: unusedTokens, bias: request.logitBias)
    }

    /// What the answer must be: as the client says, or calls of the tools that it asks for. Where a tool is `strict`, calls
    /// are as their definitions say if there are any.
    func grammar(for request: GenerationRequest) throws(GenerationError) -> Grammar? {
        let calls = CallGrammar(chatFormat.callSyntax)
        let isStrict = request.readsCalls && request.tools.contains { $0["function"]?["strict"] == true }
        do {
            switch request.toolChoice {
            case .auto where request.grammar == nil && isStrict:
                return try calls.textOrCalls(request.tools, inParallel: request.callsInParallel)
            case .none, .auto: return request.grammar
            case .required: return try calls.grammar(request.tools, only: nil, inParallel: request.callsInParallel)
            case .function(let name):
                return try calls.grammar(request.tools, only: name, inParallel: request.callsInParallel)
            }
        } catch {
            throw GenerationError(
                .invalidRequest, field: "tools", "the tools' parameters cannot be enforced: \(error)")
        }
    }
}

extension ModelSummary {
    /// Whether both name the same state of the same file.
    func isSameFile(as other: ModelSummary) -> Bool {
        path == other.path && createdAt == other.createdAt && byteCount == other.byteCount
    }
}

extension GenerationError {
    /// An error of the layers below, as the client should see it.
    init(wrapping error: any Error) {
        switch error {
        case let error as GenerationError: self = error
        case let error as MemoryError: self.init(.doesNotFit, error.message)
        case let error as CheckpointError where error.code == .unreadable: self.init(.inputOutput, error.description)
        default: self.init(.modelInvalid, "\(error)")
        }
    }
}
