import JSON

/// What an answer must be.
enum AnswerFormat: Sendable, Equatable {
    /// Any text.
    case free
    /// A JSON object.
    case jsonObject
    /// JSON that a schema describes; the parameter is the field that holds it.
    case schema(JSONValue, parameter: String)

    /// Reads OpenAI's `response_format`, and llama.cpp's `json_schema` beside it.
    init(_ fields: FieldReader) throws(APIError) {
        self = .free
        if let schema = fields.value("json_schema"), schema != "" {
            self = .schema(schema, parameter: fields.path("json_schema"))
        }
        guard let format = try fields.object("response_format") else { return }
        switch try format.string("type") {
        case "text":
            break
        case "json_object":
            // llama.cpp's clients may add a schema here.
            self = format.value("schema").map { .schema($0, parameter: format.path("schema")) } ?? .jsonObject
        case "json_schema":
            guard let definition = try format.object("json_schema") else {
                throw .invalid(format.path("json_schema"), "is required")
            }
            guard let schema = definition.value("schema") else {
                throw .invalid(definition.path("schema"), "is required")
            }
            self = .schema(schema, parameter: definition.path("schema"))
        default:
            throw .invalid(format.path("type"), "must be text, json_object or json_schema")
        }
    }

    /// Reads Ollama's `format`.
    init(ollama fields: FieldReader) throws(APIError) {
        switch fields.value("format") {
        case nil, "": self = .free
        case "json": self = .jsonObject
        case .object(let schema): self = .schema(.object(schema), parameter: fields.path("format"))
        default: throw .invalid(fields.path("format"), "must be \"json\" or a JSON schema")
        }
    }
}
