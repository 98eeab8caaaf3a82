import JSON
import Tokenizer

/// Reads the `messages` of Ollama's chat. Its calls have no ids, or clients drop them: results are matched with the
/// calls before them by name, else by order.
struct OllamaMessageReader {
    private var callCount = 0
    /// Calls that have no result yet.
    private var open: [ToolCall] = []

    /// All messages, oldest first; none asks to load the model.
    static func messages(in fields: FieldReader) throws(APIError) -> [ChatMessage] {
        var reader = OllamaMessageReader()
        var messages: [ChatMessage] = []
        for (index, value) in (try fields.array("messages") ?? []).enumerated() {
            messages.append(try reader.message(FieldReader(value, at: "\(fields.path("messages"))[\(index)]")))
        }
        return messages
    }

    private mutating func message(_ fields: FieldReader) throws(APIError) -> ChatMessage {
        guard let role = ChatMessage.Role(rawValue: try fields.string("role") ?? "") else {
            throw .invalid(fields.path("role"), "must be system, user, assistant or tool")
        }
        if let images = try fields.array("images"), !images.isEmpty {
            throw .unsupported(fields.path("images"), "images are")
        }
        var message = ChatMessage(role: role, content: try fields.string("content") ?? "")
        switch role {
        case .assistant:
            message.reasoning = try fields.string("thinking")
            message.toolCalls = try calls(fields)
            open += message.toolCalls
        case .tool:
            message.toolCallID = try callID(fields)
        case .system, .user:
            break
        }
        return message
    }

    private mutating func calls(_ fields: FieldReader) throws(APIError) -> [ToolCall] {
        var calls: [ToolCall] = []
        for (call, function, name) in try MessageReader.namedCalls(fields) {
            var arguments = function.value("arguments") ?? [:]
            // OpenAI's way of writing them; a model may have written what is not JSON.
            if let text = arguments.stringValue { arguments = (try? JSONValue.parse(text)) ?? .string(text) }
            let id = try call.name("id") ?? "call_\(callCount)"
            callCount += 1
            calls.append(ToolCall(id: id, name: name, arguments: arguments))
        }
        return calls
    }

    /// Which call a result belongs to.
    private mutating func callID(_ fields: FieldReader) throws(APIError) -> String {
        if let id = try fields.name("tool_call_id") {
            open.removeAll { $0.id == id }
            return id
        }
        let oldName = try fields.name("name")
        let name = try fields.name("tool_name") ?? oldName
        guard let index = open.firstIndex(where: { $0.name == name }) ?? open.indices.first else {
            throw .invalid(fields.path("role"), "is tool, but no call before it waits for a result")
        }
        return open.remove(at: index).id
    }
}
