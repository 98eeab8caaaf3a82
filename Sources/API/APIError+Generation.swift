import Inference
import JSON
import Server

extension APIError {
    /// The engine's failure in the client's terms.
    init(_ error: GenerationError) {
        switch error.code {
        case .queueFull(let seconds):
            self.init(.tooManyRequests, type: "rate_limit_error", code: "queue_full", error.message)
            headers.append("Retry-After", String(max(1, seconds)))
        case .modelNotFound:
            self.init(
                .notFound, type: "not_found_error", code: "model_not_found", parameter: "model", error.message)
        case .contextExceeded(let promptTokenCount, let contextLength):
            self.init(
                .badRequest, type: "exceed_context_size_error", code: "context_length_exceeded",
                parameter: error.field ?? "messages", error.message)
            details = ["n_prompt_tokens": JSONValue(promptTokenCount), "n_ctx": JSONValue(contextLength)]
        case .invalidRequest:
            self.init(.badRequest, type: "invalid_request_error", parameter: error.field, error.message)
        case .timeoutExceeded:
            self.init(
                .requestTimeout, type: "timeout_error", code: "timeout_exceeded", parameter: error.field, error.message)
            // The same request has no more time than this one had.
            headers.append("x-should-retry", "false")
        case .modelInvalid:
            self.init(.internalError, type: "server_error", code: "model_invalid", error.message)
            // Asking again changes nothing; OpenAI's clients would otherwise do so twice.
            headers.append("x-should-retry", "false")
        case .doesNotFit:
            self.init(.internalError, type: "server_error", code: "model_does_not_fit", error.message)
            headers.append("x-should-retry", "false")
        case .inputOutput:
            self.init(.internalError, type: "server_error", code: "io_error", error.message)
        }
    }

    /// Any failure of a generation.
    init(generation error: any Error) {
        switch error {
        case let error as GenerationError: self.init(error)
        case let error as APIError: self = error
        default: self.init(.internalError, type: "server_error", code: "internal_error", "the generation failed")
        }
    }

    /// The engine stopped without a word.
    static var endedEarly: APIError {
        APIError(.internalError, type: "server_error", code: "internal_error", "the generation ended early")
    }

    /// The daemon is about to end.
    static var stopping: APIError {
        var error = APIError(
            .unavailable, type: "unavailable_error", code: "stopping", "the daemon is stopping; try again")
        error.headers.append("Retry-After", "2")
        return error
    }

    /// A request that the server refuses before it reaches the service.
    init(refusal status: HTTPStatus, message: String) {
        let (type, code): (String, String?) =
            switch status {
            case .notFound: ("not_found_error", nil)
            case .contentTooLarge: ("invalid_request_error", "request_too_large")
            case .methodNotAllowed: ("invalid_request_error", "method_not_allowed")
            case .internalError: ("server_error", "internal_error")
            case .notImplemented: ("server_error", "not_implemented")
            case .unavailable: ("unavailable_error", nil)
            default: ("invalid_request_error", nil)
            }
        self.init(status, type: type, code: code, message)
        if status == .unavailable { headers.append("Retry-After", "1") }
    }
}
