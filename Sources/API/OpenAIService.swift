import Glibc
import Inference
import JSON
import Server

/// The OpenAI dialect on top of an engine: routes, answers and errors.
public struct OpenAIService: RequestHandler {
    /// Which requests run, for idle exit.
    public let activity = ActivityMonitor()

    private let generator: any TextGenerator
    private let configuration: ServiceConfiguration
    private let stop: @Sendable () -> Void
    private let decoding = DecodingQueue()
    private let began = ContinuousClock.now

    /// Makes a service; `stop` is called when a client asks the daemon to end, and must return at once.
    public init(
        generator: any TextGenerator, configuration: ServiceConfiguration, stop: @escaping @Sendable () -> Void
    ) {
        self.generator = generator
        self.configuration = configuration
        self.stop = stop
    }

    /// The methods of a path.
    public func methods(for path: String) -> [String] { Route(path)?.methods ?? [] }

    /// An error body in this dialect.
    public func errorResponse(_ status: HTTPStatus, message: String) -> HTTPResponse {
        APIError(refusal: status, message: message).response
    }

    /// Answers one request.
    public func respond(to request: HTTPRequest, with writer: ResponseWriter) async throws {
        do {
            switch Route(request.path) {
            case .health: try await writer.send(health)
            case .models: try await writer.send(.json(["object": "list", "data": .array(models.map(Self.entry))]))
            case .model(let name): try await writer.send(.json(try model(named: name)))
            case .status: try await writer.send(.json(status))
            case .stop: try await stop(request, writer)
            case .chatCompletions: try await complete(request, writer)
            case nil: throw APIError(refusal: .notFound, message: "there is nothing at this path")
            }
        } catch let error as APIError {
            writer.annotate("error=\(error.code ?? error.type)")
            try await writer.send(error.response)
        }
    }

    // MARK: - Completions

    private func complete(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        guard !activity.isStopping else { throw APIError.stopping }
        let chat = try ChatRequest(try await decoding.parse(request.body))
        if let model = chat.generation.model, model.hasPrefix("/"), !isOwner(request.peer) {
            throw APIError(
                .forbidden, type: "permission_error", code: "model_path_forbidden", parameter: "model",
                "only the daemon's own user and root may name a model by its path")
        }
        try await activity.counting { try await generate(chat, writer) }
    }

    private func generate(_ chat: ChatRequest, _ writer: ResponseWriter) async throws {
        let events: AsyncThrowingStream<GenerationEvent, any Error>
        do {
            events = try generator.submit(chat.generation)
        } catch {
            throw APIError(error)
        }
        let name = chat.generation.model ?? generator.loadedModel()?.name ?? models.first?.name ?? "default"
        let identity = CompletionIdentity(model: name)
        guard chat.streams else {
            do {
                try await PlainCompletion(identity: identity, events: events).run(writer)
            } catch let error as GenerationError {
                throw APIError(error)
            }
            return
        }
        var stream = StreamedCompletion(
            chat, identity: identity, writer: writer, keepaliveInterval: configuration.keepaliveInterval)
        try await stream.run(events)
    }

    // MARK: - Operation

    private var models: [ModelSummary] { generator.installedModels() }

    private static func entry(_ model: ModelSummary) -> JSONValue {
        [
            "id": .string(model.name), "object": "model", "created": JSONValue(model.createdAt),
            "owned_by": "minke",
            "meta": [
                "size": JSONValue(model.byteCount), "n_ctx": model.contextLength.map { JSONValue($0) } ?? .null,
            ],
        ]
    }

    private func model(named name: String) throws(APIError) -> JSONValue {
        guard let model = models.first(where: { $0.name == name }) else {
            throw APIError(
                .notFound, type: "not_found_error", code: "model_not_found", parameter: "model",
                "no installed model has this name; GET /v1/models lists them")
        }
        return Self.entry(model)
    }

    private var health: HTTPResponse {
        guard activity.isStopping else { return .json(["status": "ok"]) }
        return .json(
            ["error": ["code": 503, "message": "the daemon is stopping", "type": "unavailable_error"]], .unavailable)
    }

    private var status: JSONValue {
        let state = activity.isStopping ? "stopping" : activity.runningCount > 0 ? "busy" : "idle"
        let model = generator.loadedModel()
        return [
            "state": .string(state), "pid": JSONValue(Int(getpid())),
            "version": .string(ProductVersion.current),
            "uptime_seconds": JSONValue(Int((ContinuousClock.now - began) / .seconds(1))),
            "queue_depth": JSONValue(generator.queueDepth()), "requests_served": JSONValue(activity.servedCount),
            "model": model.map { JSONValue($0.name) } ?? .null,
            "model_bytes": model.map { JSONValue($0.byteCount) } ?? .null,
            "paging": generator.paging()?.totals ?? .null,
            "context_length": model?.contextLength.map { JSONValue($0) } ?? .null,
        ]
    }

    private func stop(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        guard isOwner(request.peer) else {
            throw APIError(
                .forbidden, type: "permission_error", "only the daemon's own user and root may stop it")
        }
        activity.beginStopping()
        try await writer.send(.json(["status": "stopping"]))
        stop()
    }

    private func isOwner(_ peer: PeerCredentials?) -> Bool {
        guard let peer else { return false }
        return peer.userID == 0 || peer.userID == configuration.ownerUserID
    }
}
