import Inference
import JSON
import Server

/// Ollama's dialect.
struct OllamaService: Sendable {
    let core: ServiceCore

    /// `/api/chat` and `/api/generate`
    func answer(_ request: HTTPRequest, _ kind: OllamaEncoder.Kind, _ writer: ResponseWriter) async throws {
        try await core.counted(.ollama) {
            let body = try await core.decoding.parse(request.body)
            let ollama = try kind == .chat ? OllamaRequest(chat: body) : OllamaRequest(generate: body)
            try core.checkModel(ollama.model, for: request.peer)
            do {
                return try await perform(ollama, kind, request.peer, writer)
            } catch let error as APIError where error.code == "model_not_found" {
                throw notFound(ollama.displayName, else: error)
            }
        }
    }

    private func perform(
        _ request: OllamaRequest, _ kind: OllamaEncoder.Kind, _ peer: PeerCredentials?, _ writer: ResponseWriter
    ) async throws -> AnswerOutcome {
        let name = request.displayName ?? core.displayName(of: nil)
        switch request.task {
        case .generate(var generation, let format):
            generation.userID = peer?.userID
            generation.grammar = try await core.decoding.grammar(format)
            let encoder = OllamaEncoder(kind, model: name, tellsProbabilities: generation.likeliestCount != nil)
            return try await core.answer(generation, streams: request.streams, encoder, writer)
        case .load, .unload:
            let loads = if case .load = request.task { true } else { false }
            try await core.activity.counting {
                do throws(GenerationError) {
                    if loads {
                        try await core.generator.load(request.model, keepAlive: request.keepAlive)
                    } else {
                        try await core.generator.unload(request.model)
                    }
                } catch {
                    throw APIError(error)
                }
            }
            let encoder = OllamaEncoder(kind, model: name)
            try await writer.send(.json(encoder.document(reason: loads ? "load" : "unload")))
            return .completed
        }
    }

    // MARK: - Models

    /// `/api/tags`
    func tags() async -> JSONValue {
        var tags: [JSONValue] = []
        for model in core.generator.installedModels() {
            tags.append(model.tag(await core.generator.details(of: model)))
        }
        return ["models": .array(tags)]
    }

    /// `/api/ps`
    func running() async -> JSONValue {
        guard let model = core.generator.loadedModel() else { return ["models": []] }
        let details = await core.generator.details(of: model)
        return ["models": [model.running(details, until: core.generator.expiry())]]
    }

    /// `/api/show`
    func show(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        let fields = try FieldReader(try await core.decoding.parse(request.body))
        guard let model = try find(fields) else { throw notFound(try Self.name(fields), else: nil) }
        try await writer.send(.json(model.card(await core.generator.details(of: model))))
    }

    /// `/api/pull`: there is no network, but what is here has been pulled.
    func pull(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        let fields = try FieldReader(try await core.decoding.parse(request.body))
        let streams = try fields.bool("stream") ?? true
        guard try find(fields) != nil else {
            let name = Self.quoted(try Self.name(fields))
            throw APIError(
                .notFound, type: "not_found_error", code: "model_not_found", parameter: "model",
                "\(name) is not installed, and this daemon does not download models; put a file into its models folder")
        }
        guard streams else { return try await writer.send(.json(["status": "success"])) }
        try await writer.startStream(headers: ["Content-Type": OllamaEncoder.contentType])
        try await writer.finish(Array("{\"status\":\"success\"}\n".utf8))
    }

    private func find(_ fields: FieldReader) throws(APIError) -> ModelSummary? {
        guard let name = OllamaRequest.libraryName(try Self.name(fields)) else {
            throw .invalid("model", "is required")
        }
        return core.generator.installedModels().first { $0.name == name }
    }

    /// The model's name; `name` is how it was called before.
    private static func name(_ fields: FieldReader) throws(APIError) -> String? {
        if let model = try fields.name("model") { return model }
        return try fields.name("name")
    }

    /// Ollama's words, which clients look for, and what there is instead.
    private func notFound(_ name: String?, else error: APIError?) -> APIError {
        guard let name else { return error ?? APIError(refusal: .notFound, message: "no model is installed") }
        let known = core.generator.installedModels().map(\.name).joined(separator: ", ")
        return APIError(
            .notFound, type: "not_found_error", code: "model_not_found", parameter: "model",
            Self.quoted(name) + " not found" + (known.isEmpty ? "" : "; installed: \(known)"))
    }

    private static func quoted(_ name: String?) -> String { "model '\(name?.prefix(100) ?? "")'" }
}
