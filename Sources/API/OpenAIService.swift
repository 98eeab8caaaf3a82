import Inference
import JSON
import Server

/// OpenAI's dialect.
struct OpenAIService: Sendable {
    let core: ServiceCore

    /// `/v1/chat/completions`
    func chat(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        try await core.counted(.openAI) {
            var chat = try ChatRequest(try await core.decoding.parse(request.body))
            try await prepare(&chat.generation, chat.format, request.peer)
            let identity = CompletionIdentity("chatcmpl-", model: core.displayName(of: chat.generation.model))
            return try await core.answer(
                chat.generation, streams: chat.streams, ChatEncoder(chat, identity), writer)
        }
    }

    /// `/v1/completions`
    func complete(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        try await core.counted(.openAI) {
            var completion = try CompletionRequest(try await core.decoding.parse(request.body))
            try await prepare(&completion.generation, completion.format, request.peer)
            let identity = CompletionIdentity("cmpl-", model: core.displayName(of: completion.generation.model))
            return try await core.answer(
                completion.generation, streams: completion.streams, CompletionEncoder(completion, identity), writer)
        }
    }

    private func prepare(
        _ generation: inout GenerationRequest, _ format: AnswerFormat, _ peer: PeerCredentials?
    ) async throws(APIError) {
        try core.checkModel(generation.model, for: peer)
        generation.userID = peer?.userID
        generation.grammar = try await core.decoding.grammar(format)
    }

    /// `/v1/models`
    var models: JSONValue {
        ["object": "list", "data": .array(core.generator.installedModels().map(Self.entry))]
    }

    /// `/v1/models/{id}`
    func model(named name: String) throws(APIError) -> JSONValue {
        guard let model = core.generator.installedModels().first(where: { $0.name == name }) else {
            throw APIError(
                .notFound, type: "not_found_error", code: "model_not_found", parameter: "model",
                "no installed model has this name; GET /v1/models lists them")
        }
        return Self.entry(model)
    }

    private static func entry(_ model: ModelSummary) -> JSONValue {
        [
            "id": .string(model.name), "object": "model", "created": JSONValue(model.createdAt),
            "owned_by": "minke",
            "meta": [
                "size": JSONValue(model.byteCount), "n_ctx": model.contextLength.map { JSONValue($0) } ?? .null,
            ],
        ]
    }
}
