import Dispatch
import Grammar
import JSON

/// Parses request bodies and compiles schemas: small bodies in place, what may take long on a thread of its own, since
/// 16 MiB of JSON would hold a thread of the cooperative pool for as long as it takes.
struct DecodingQueue: Sendable {
    private static let largestInPlace = 64 * 1024
    private let queue = DispatchQueue(label: "minke.decoding")

    /// Parses a body.
    func parse(_ body: [UInt8]) async throws(APIError) -> JSONValue {
        if body.count <= Self.largestInPlace { return try Self.parsed(body).get() }
        return try await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Self.parsed(body)) }
        }.get()
    }

    /// The grammar of what an answer must be; a schema is compiled on the queue's thread.
    func grammar(_ format: AnswerFormat) async throws(APIError) -> Grammar? {
        guard case .schema = format else { return try format.grammar().get() }
        return try await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: format.grammar()) }
        }.get()
    }

    private static func parsed(_ body: [UInt8]) -> Result<JSONValue, APIError> {
        do {
            // As OpenAI's and Ollama's servers read it, and as JSON allows.
            return .success(try JSONValue.parse(body, limits: JSONLimits(repeatedNames: .replaced)))
        } catch {
            var failure = APIError(
                .badRequest, type: "invalid_request_error", code: "invalid_json",
                "the request's body is not valid JSON: \(error)")
            failure.details = ["offset": JSONValue(error.offset)]
            return .failure(failure)
        }
    }
}
