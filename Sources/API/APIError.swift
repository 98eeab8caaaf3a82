import JSON
import Server

/// A failure in OpenAI's terms, a status and an `error` object; `Dialect` words it for others.
public struct APIError: Error, Sendable, Equatable {
    /// The status, where the response has not begun.
    public var status: HTTPStatus
    /// `invalid_request_error`, `not_found_error`, …
    public var type: String
    /// What clients compare.
    public var code: String?
    /// One sentence.
    public var message: String
    /// The field at fault.
    public var parameter: String?
    /// Further members of the `error` object.
    public var details: JSONObject = [:]
    /// Further header fields.
    public var headers: HTTPFields = [:]

    /// Makes an error.
    public init(_ status: HTTPStatus, type: String, code: String? = nil, parameter: String? = nil, _ message: String) {
        self.status = status
        self.type = type
        self.code = code
        self.parameter = parameter
        self.message = message
    }

    /// 400 for a field with a wrong value.
    static func invalid(_ parameter: String, _ message: String) -> APIError {
        APIError(
            .badRequest, type: "invalid_request_error", code: "invalid_value", parameter: parameter,
            "'\(parameter)' \(message)")
    }

    /// 400 for a field that this version does not honour: ignoring it would change the answer's meaning.
    static func unsupported(_ parameter: String, _ what: String) -> APIError {
        APIError(
            .badRequest, type: "invalid_request_error", code: "unsupported_parameter", parameter: parameter,
            "\(what) not supported by this version (field '\(parameter)')")
    }

    /// The `error` object in its envelope.
    public var body: JSONValue {
        var error: JSONObject = [
            "message": .string(message), "type": .string(type), "param": parameter.map { .string($0) } ?? .null,
            "code": code.map { .string($0) } ?? .null,
        ]
        for member in details.members { error[member.name] = member.value }
        return ["error": .object(error)]
    }
}

extension HTTPResponse {
    /// A response with a JSON body.
    static func json(_ value: JSONValue, _ status: HTTPStatus = .ok) -> HTTPResponse {
        var body: [UInt8] = []
        value.append(to: &body)
        return HTTPResponse(status, headers: ["Content-Type": "application/json"], body: body)
    }

    /// A response with a line of text.
    static func text(_ text: String) -> HTTPResponse {
        HTTPResponse(.ok, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }
}
