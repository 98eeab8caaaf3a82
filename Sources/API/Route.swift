/// All there is to ask for.
enum Route: Equatable, Sendable {
    // Operation.
    case health
    case live
    case ready
    case metrics
    case status
    case stop
    // OpenAI.
    case models
    case model(String)
    case chatCompletions
    case completions
    case embeddings
    // Ollama.
    case ollamaGreeting
    case ollamaVersion
    case ollamaChat
    case ollamaGenerate
    case ollamaTags
    case ollamaRunning
    case ollamaShow
    case ollamaPull
    case ollamaEmbed
    case ollamaCreate
    case ollamaPush
    case ollamaCopy
    case ollamaDelete

    /// The paths without parameters.
    static let paths: [String: Route] = [
        "/health": .health, "/livez": .live, "/readyz": .ready, "/metrics": .metrics, "/v1/status": .status,
        "/v1/stop": .stop, "/v1/models": .models, "/v1/chat/completions": .chatCompletions,
        "/v1/completions": .completions, "/v1/embeddings": .embeddings, "/": .ollamaGreeting,
        "/api/version": .ollamaVersion, "/api/chat": .ollamaChat, "/api/generate": .ollamaGenerate,
        "/api/tags": .ollamaTags, "/api/ps": .ollamaRunning, "/api/show": .ollamaShow, "/api/pull": .ollamaPull,
        "/api/embed": .ollamaEmbed, "/api/embeddings": .ollamaEmbed, "/api/create": .ollamaCreate,
        "/api/push": .ollamaPush, "/api/copy": .ollamaCopy, "/api/delete": .ollamaDelete,
    ]
    /// What comes before the name of a model.
    static let modelPrefix = "/v1/models/"

    /// The route of a path; `nil` where there is nothing.
    init?(_ path: String) {
        if let route = Self.paths[path] {
            self = route
        } else if path.hasPrefix(Self.modelPrefix), path.utf8.count > Self.modelPrefix.utf8.count {
            // Model names may contain slashes.
            self = .model(String(path.dropFirst(Self.modelPrefix.count)))
        } else {
            return nil
        }
    }

    /// The methods of a route; `GET` implies `HEAD`.
    var methods: [String] {
        switch self {
        case .health, .live, .ready, .metrics, .status, .models, .model, .ollamaGreeting, .ollamaVersion, .ollamaTags,
            .ollamaRunning:
            ["GET"]
        case .stop, .chatCompletions, .completions, .embeddings, .ollamaChat, .ollamaGenerate, .ollamaShow,
            .ollamaPull, .ollamaEmbed, .ollamaCreate, .ollamaPush, .ollamaCopy:
            ["POST"]
        case .ollamaDelete:
            ["DELETE"]
        }
    }
}
