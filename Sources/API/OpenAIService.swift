import Inference
import JSON
import Server

/// OpenAI's dialect.
struct OpenAIService: Sendable {
    let core: ServiceCore

    /// `/v1/chat/completions`
    func chat(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        try await core.counted(.openAI) {
            let body = try await core.decoding.parse(request.body)
            if let upstream = upstream(for: body) { return try await forward(request, to: upstream, writer) }
            var chat = try ChatRequest(body)
            try await prepare(&chat.generation, chat.format, request.peer)
            let identity = CompletionIdentity("chatcmpl-", model: core.displayName(of: chat.generation.model))
            return try await core.answer(
                chat.generation, streams: chat.streams, ChatEncoder(chat, identity), writer)
        }
    }

    /// `/v1/completions`
    func complete(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        try await core.counted(.openAI) {
            let body = try await core.decoding.parse(request.body)
            if let upstream = upstream(for: body) { return try await forward(request, to: upstream, writer) }
            var completion = try CompletionRequest(body)
            try await prepare(&completion.generation, completion.format, request.peer)
            let identity = CompletionIdentity("cmpl-", model: core.displayName(of: completion.generation.model))
            return try await core.answer(
                completion.generation, streams: completion.streams, CompletionEncoder(completion, identity), writer)
        }
    }

    /// Who answers a request instead of us: one for a model that is upstream, and not here.
    private func upstream(for body: JSONValue) -> Upstream? {
        guard let upstream = core.configuration.upstream, let name = body["model"]?.stringValue else { return nil }
        guard upstream.models.contains(name), !core.generator.installedModels().contains(where: { $0.name == name })
        else { return nil }
        return upstream
    }

    private func forward(
        _ request: HTTPRequest, to upstream: Upstream, _ writer: ResponseWriter
    ) async throws -> AnswerOutcome {
        try await core.activity.counting { try await upstream.forward(request, writer) }
    }

    private func prepare(
        _ generation: inout GenerationRequest, _ format: AnswerFormat, _ peer: PeerCredentials?
    ) async throws(APIError) {
        try core.checkModel(generation.model, for: peer)
        generation.userID = peer?.userID
        generation.grammar = try await core.decoding.grammar(format)
    }

    /// `/v1/models`
    var models: JSONValue { ["object": "list", "data": .array(entries.map(\.entry))] }

    /// `/v1/models/{id}`
    func model(named name: String) throws(APIError) -> JSONValue {
        guard let entry = entries.first(where: { $0.name == name })?.entry else {
            throw APIError(
                .notFound, type: "not_found_error", code: "model_not_found", parameter: "model",
                "no installed model has this name; GET /v1/models lists them")
        }
        return entry
    }

    /// Models that are here, and those upstream that are not.
    private var entries: [(name: String, entry: JSONValue)] {
        let installed = core.generator.installedModels()
        let upstream = core.configuration.upstream
        let others = upstream?.models.filter { name in !installed.contains { $0.name == name } } ?? []
        return installed.map { ($0.name, Self.entry($0)) } + others.map { ($0, upstream?.entry($0) ?? .null) }
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
