import Checkpoint
import Memory
import Tokenizer

/// A model in memory with all that turns text into its tokens and back.
struct LoadedModel: Sendable {
    let summary: ModelSummary
    let model: Model
    let tokenizer: Tokenizer
    let chatFormat: ChatFormat
    let samplingDefaults: SamplingDefaults
    /// Tokens a session may have.
    let contextLength: Int
    /// Rows of the vocabulary that stand for no token.
    let unusedTokens: [TokenID]

    static func load(_ summary: ModelSummary, _ options: EngineOptions) throws(GenerationError) -> LoadedModel {
        do {
            let source = try ModelSource.open(summary.path)
            let text = try ModelText(source)
            let model = try Model.load(
                source, budget: options.budget, threadCount: options.threadCount,
                precision: options.precision, paging: options.paging)
            var summary = summary
            let contextLength = min(options.contextLength, model.configuration.maxPositionEmbeddings)
            summary.contextLength = contextLength
            return LoadedModel(
                summary: summary, model: model, tokenizer: text.tokenizer, chatFormat: text.chatFormat,
                samplingDefaults: try source.samplingDefaults(), contextLength: contextLength,
                unusedTokens: (0..<TokenID(model.configuration.vocabSize)).filter { token in
                    text.tokenizer.kind(of: token).map { $0 == .unused } ?? true
                })
        } catch {
            throw GenerationError(wrapping: error)
        }
    }

    /// The tokens of a prompt, rendered by the chat format where it is a conversation.
    func tokens(_ prompt: GenerationRequest.Prompt) throws(GenerationError) -> [TokenID] {
        let tokens: [TokenID]
        switch prompt {
        case .chat(let conversation):
            do {
                tokens = tokenizer.encode(try chatFormat.render(conversation))
            } catch {
                throw GenerationError(.invalidRequest, "\(error)")
            }
        case .text(let text): tokens = tokenizer.encodeDocument(text)
        case .tokens(let given): tokens = given
        }
        guard !tokens.isEmpty else { throw GenerationError(.invalidRequest, "the prompt is empty") }
        guard tokens.allSatisfy({ (0..<model.configuration.vocabSize).contains(Int($0)) }) else {
            throw GenerationError(
                .invalidRequest, "the prompt holds a token id outside 0..<\(model.configuration.vocabSize)")
        }
        return tokens
    }

    /// A sampler that never chooses padding rows of the vocabulary.
    func sampler(_ overrides: SamplingOverrides, prompt: [TokenID]) -> Sampler {
        Sampler(
            SamplingParameters(overrides, defaults: samplingDefaults), prompt: prompt, forbidden: unusedTokens)
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
