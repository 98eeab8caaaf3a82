import Grammar
import Server

extension AnswerFormat {
    /// The grammar that holds an answer to the format, or which part of a schema cannot be honoured. May take long.
    func grammar() -> Result<Grammar?, APIError> {
        switch self {
        case .free: return .success(nil)
        case .jsonObject: return .success(.jsonObject)
        case .schema(let schema, let parameter):
            do {
                return .success(try Grammar(schema: schema))
            } catch {
                return .failure(APIError(error, parameter: parameter))
            }
        }
    }
}

extension APIError {
    /// A schema that could not be enforced is refused: an answer that does not follow it would be worse.
    fileprivate init(_ error: GrammarError, parameter: String) {
        self.init(
            .badRequest, type: "invalid_request_error", code: "unsupported_schema",
            parameter: parameter + error.pointer, "the schema in '\(parameter)' cannot be enforced: \(error)")
        details = ["keyword": .string(error.keyword), "pointer": .string(error.pointer)]
    }
}
