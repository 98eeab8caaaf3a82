import JSON

/// Tools for models whose templates have no place for their definitions: told in words, called as `callSyntax` says.
extension ChatFormat {
    /// The definitions and the form of a call, after the system prompt of DeepSeek V3 to V3.1.
    func appendToolDescription(_ tools: [JSONValue], to prompt: inout PromptBuilder) {
        prompt.literal("## Tools\n\nYou have access to these functions:\n")
        for tool in tools {
            prompt.literal("\n")
            prompt.content(tool["function"] ?? tool)
        }
        let syntax = callSyntax
        prompt.literal("\n\nTo call functions, write nothing but this, with the arguments as a JSON object:\n")
        prompt.literal((syntax.sectionBegin ?? "") + syntax.callBegin + syntax.namePrefix)
        prompt.literal("FUNCTION" + (syntax.headerEnd ?? "") + "ARGUMENTS" + (syntax.callEnd ?? ""))
        prompt.literal((syntax.sectionEnd ?? "") + "\n\n")
    }

    /// The same for formats that write calls as text: the description joins the system prompt, and calls and results of
    /// earlier turns become text too.
    func describingTools(in conversation: Conversation) -> Conversation {
        guard family == .v2 || family == .chatML || family == .llama3 else { return conversation }
        var result = conversation
        if family != .llama3 { result.messages = conversation.messages.map(Self.asText) }
        guard !conversation.tools.isEmpty else { return result }
        let words = toolWords(conversation.tools)
        if let first = result.messages.first, first.role == .system {
            result.messages[0].content += (first.content.isEmpty ? "" : "\n\n") + words
        } else {
            result.messages.insert(ChatMessage(role: .system, content: words), at: 0)
        }
        return result
    }

    private func toolWords(_ tools: [JSONValue]) -> String {
        let list = tools.map { ($0["function"] ?? $0).serialized(.spaced) }.joined(separator: "\n")
        let (begin, end) = family == .llama3 ? ("", "") : ("<tool_call>\n", "\n</tool_call>")
        let arguments = family == .llama3 ? "parameters" : "arguments"
        return """
            You can call these functions, described by JSON Schema:
            \(list)

            To call one, answer with nothing but a JSON object that holds its name and its arguments, like this:
            \(begin){"name": "FUNCTION", "\(arguments)": {"PARAMETER": "VALUE"}}\(end)
            """
    }

    private static func asText(_ message: ChatMessage) -> ChatMessage {
        var message = message
        if message.role == .tool {
            message.role = .user
            message.content = "<tool_response>\n" + message.content + "\n</tool_response>"
            message.toolCallID = nil
        }
        for call in message.toolCalls {
            message.content += (message.content.isEmpty ? "" : "\n") + "<tool_call>\n"
            message.content += "{\"name\": \(JSONValue(call.name).serialized(.spaced)), \"arguments\": "
            message.content += argumentsText(call) + "}\n</tool_call>"
        }
        message.toolCalls = []
        return message
    }
}
