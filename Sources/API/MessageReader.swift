import JSON
import Tokenizer

/// Reads the `messages` of a chat request.
enum MessageReader {
    /// All messages, oldest first.
    static func messages(in fields: FieldReader) throws(APIError) -> [ChatMessage] {
        guard let values = try fields.array("messages") else { throw .invalid("messages", "is required") }
        guard !values.isEmpty else { throw .invalid("messages", "must not be empty") }
        var messages: [ChatMessage] = []
        messages.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            messages.append(try message(FieldReader(value, at: "messages[\(index)]")))
        }
        return messages
    }

    private static func message(_ fields: FieldReader) throws(APIError) -> ChatMessage {
        guard let name = try fields.string("role") else { throw .invalid(fields.path("role"), "is required") }
        guard let role = ChatMessage.Role(rawValue: name == "developer" ? "system" : name) else {
            throw .invalid(fields.path("role"), "must be system, developer, user, assistant or tool")
        }
        var message = ChatMessage(role: role, content: "")
        let content = try content(fields)
        if role == .assistant {
            message.toolCalls = try toolCalls(fields)
            message.reasoning =
                if let reasoning = try fields.string("reasoning_content") {
                    reasoning
                } else {
                    try fields.string("reasoning")
                }
        }
        // An assistant's message may consist of calls alone.
        guard let content = content ?? (role == .assistant ? "" : nil) else {
            throw .invalid(fields.path("content"), "is required")
        }
        message.content = content
        message.toolCallID = try fields.string("tool_call_id")
        if role == .tool, message.toolCallID == nil { throw .invalid(fields.path("tool_call_id"), "is required") }
        return message
    }

    private static func content(_ fields: FieldReader) throws(APIError) -> String? {
        guard let value = fields.value("content") else { return nil }
        if let text = value.stringValue { return text }
        guard let parts = value.arrayValue else {
            throw .invalid(fields.path("content"), "must be a string or an array of text parts")
        }
        var text = ""
        for (index, part) in parts.enumerated() {
            let part = try FieldReader(part, at: "\(fields.path("content"))[\(index)]")
            switch try part.string("type") {
            case "text":
                guard let piece = try part.string("text") else { throw .invalid(part.path("text"), "is required") }
                text += piece
            case .some(let type):
                throw .unsupported(part.path("type"), "content of type \"\(type.prefix(40))\" is")
            case nil:
                throw .invalid(part.path("type"), "is required")
            }
        }
        return text
    }

    /// The calls of a message in any dialect: each, its function, and the function's name.
    static func namedCalls(
        _ fields: FieldReader
    ) throws(APIError) -> [(call: FieldReader, function: FieldReader, name: String)] {
        var calls: [(call: FieldReader, function: FieldReader, name: String)] = []
        for (index, value) in (try fields.array("tool_calls") ?? []).enumerated() {
            let call = try FieldReader(value, at: "\(fields.path("tool_calls"))[\(index)]")
            guard let function = try call.object("function") else {
                throw .invalid(call.path("function"), "is required")
            }
            guard let name = try function.string("name") else {
                throw .invalid(function.path("name"), "is required")
            }
            calls.append((call, function, name))
        }
        return calls
    }

    private static func toolCalls(_ fields: FieldReader) throws(APIError) -> [ToolCall] {
        var calls: [ToolCall] = []
        for (index, (call, function, name)) in try namedCalls(fields).enumerated() {
            let text = try function.string("arguments") ?? "{}"
            // A model may have written what is not JSON; it is shown to it again as it was.
            let arguments = (try? JSONValue.parse(text)) ?? .string(text)
            calls.append(ToolCall(id: try call.string("id") ?? "call_\(index)", name: name, arguments: arguments))
        }
        return calls
    }
}
