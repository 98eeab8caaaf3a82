import Inference
import Server

/// All that the daemon serves: the dialects of OpenAI and Ollama on top of one engine, and its own operation.
public struct Service: RequestHandler {
    private let core: ServiceCore
    private let operations: Operations
    private let openAI: OpenAIService
    private let ollama: OllamaService

    /// Makes a service; `stop` is called when a client asks the daemon to end, and must return at once.
    public init(
        generator: any TextGenerator, configuration: ServiceConfiguration, stop: @escaping @Sendable () -> Void
    ) {
        core = ServiceCore(generator: generator, configuration: configuration)
        operations = Operations(core: core, stop: stop)
        openAI = OpenAIService(core: core)
        ollama = OllamaService(core: core)
    }

    /// Which requests run, for idle exit.
    public var activity: ActivityMonitor { core.activity }

    /// Whether there is work of which nothing has come for long.
    public var isStalled: Bool { operations.state == .stalled }

    /// The methods of a path.
    public func methods(for path: String) -> [String] { Route(path)?.methods ?? [] }

    /// An error body in the dialect of the path.
    public func errorResponse(_ status: HTTPStatus, message: String, path: String) -> HTTPResponse {
        Dialect(path: path).response(to: APIError(refusal: status, message: message))
    }

    /// Answers one request.
    public func respond(to request: HTTPRequest, with writer: ResponseWriter) async throws {
        do {
            guard let route = Route(request.path) else {
                throw APIError(refusal: .notFound, message: "there is nothing at this path")
            }
            try await answer(route, request, writer)
        } catch let error as APIError {
            writer.annotate("error=\(error.code ?? error.type)")
            try await writer.send(Dialect(path: request.path).response(to: error))
        }
    }

    private func answer(_ route: Route, _ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        switch route {
        case .health: try await writer.send(operations.health)
        case .live: try await writer.send(operations.live)
        case .ready: try await writer.send(operations.ready)
        case .metrics: try await writer.send(operations.metrics)
        case .status: try await writer.send(.json(operations.status(for: request.peer)))
        case .stop: try await operations.stop(request, writer)
        case .models: try await writer.send(.json(openAI.models))
        case .model(let name): try await writer.send(.json(try openAI.model(named: name)))
        case .chatCompletions: try await openAI.chat(request, writer)
        case .completions: try await openAI.complete(request, writer)
        case .embeddings: throw APIError.noEmbeddings
        case .ollamaGreeting: try await writer.send(.text("Ollama is running"))
        case .ollamaVersion: try await writer.send(.json(["version": .string(ProductVersion.current)]))
        case .ollamaChat: try await ollama.answer(request, .chat, writer)
        case .ollamaGenerate: try await ollama.answer(request, .generate, writer)
        case .ollamaTags: try await writer.send(.json(await ollama.tags()))
        case .ollamaRunning: try await writer.send(.json(await ollama.running()))
        case .ollamaShow: try await ollama.show(request, writer)
        case .ollamaPull: try await ollama.pull(request, writer)
        case .ollamaEmbed: throw APIError.noEmbeddings
        case .ollamaCreate, .ollamaPush, .ollamaCopy, .ollamaDelete: throw APIError.noModelChanges
        }
    }
}

extension APIError {
    /// None of our models has them.
    fileprivate static var noEmbeddings: APIError {
        APIError(
            .badRequest, type: "invalid_request_error", code: "model_does_not_support_embeddings", parameter: "model",
            "this daemon's models generate text; none of them supports embeddings")
    }

    /// The daemon may read models, no more.
    fileprivate static var noModelChanges: APIError {
        APIError(
            .forbidden, type: "permission_error", code: "models_are_read_only",
            "the daemon does not change its models; use 'minke import', and the files of the models folder")
    }
}
