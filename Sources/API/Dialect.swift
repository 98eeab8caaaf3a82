import JSON
import Server

/// In which words a client asks and is answered.
enum Dialect: String, Sendable, CaseIterable {
    /// OpenAI's, and all that is ours: operation, and errors of paths that do not exist.
    case openAI = "openai"
    /// Ollama's: what is below `/api/`.
    case ollama

    /// The dialect of a path, whether there is something at it or not.
    init(path: String) {
        self = path == "/api" || path.hasPrefix("/api/") ? .ollama : .openAI
    }

    /// An error as the dialect's clients expect it.
    func body(of error: APIError) -> JSONValue {
        switch self {
        case .openAI: error.body
        case .ollama: ["error": .string(error.message)]
        }
    }

    /// An error as a whole response.
    func response(to error: APIError) -> HTTPResponse {
        var response = HTTPResponse.json(body(of: error), error.status)
        for field in error.headers.fields { response.headers.append(field.name, field.value) }
        return response
    }
}
