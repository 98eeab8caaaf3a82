import JSON

/// DeepSeek V2 to V3.1: marks for turns, JSON for tool calls, no place for tool definitions.
extension ChatFormat {
    static let endOfSentence = "<｜end▁of▁sentence｜>"
    static let user = "<｜User｜>"
    static let assistant = "<｜Assistant｜>"

    func renderV2(_ conversation: Conversation, into prompt: inout PromptBuilder) throws(ChatFormatError) {
        for message in conversation.messages {
            guard message.role != .tool, message.toolCalls.isEmpty else {
                throw ChatFormatError("this model's chat format has no tool calls: remove them from the messages")
            }
            switch message.role {
            case .user: prompt.literal("User: ")
            case .assistant: prompt.literal("Assistant: ")
            case .system, .tool: break
            }
            prompt.content(message.content)
            prompt.literal(message.role == .assistant ? Self.endOfSentence : "\n\n")
        }
        prompt.literal("Assistant:")
    }

    /// V3 and R1; R1 drops the reasoning of earlier answers and opens a new one.
    func renderV3(_ conversation: Conversation, into prompt: inout PromptBuilder) {
        appendSystem(conversation, to: &prompt)
        var inToolOutputs = false
        for message in conversation.messages {
            if inToolOutputs, message.role != .tool { prompt.literal("<｜tool▁outputs▁end｜>") }
            switch message.role {
            case .system: break
            case .user:
                prompt.literal(Self.user)
                prompt.content(message.content)
            case .assistant:
                // An answer to tool outputs follows them without a mark of its own.
                if !inToolOutputs { prompt.literal(Self.assistant) }
                prompt.content(family == .r1 ? Self.afterReasoning(message.content, last: true) : message.content)
                Self.appendFencedCalls(message.toolCalls, to: &prompt)
                prompt.literal(Self.endOfSentence)
            case .tool:
                prompt.literal(inToolOutputs ? "\n" : "<｜tool▁outputs▁begin｜>")
                Self.appendOutput(message.content, to: &prompt)
            }
            inToolOutputs = message.role == .tool
        }
        guard !inToolOutputs else {
            prompt.literal("<｜tool▁outputs▁end｜>")
            return
        }
        prompt.literal(Self.assistant)
        guard family == .r1 else { return }
        switch conversation.thinking {
        case false?: prompt.literal("<think>\n</think>")
        case true?: prompt.literal("<think>\n")
        case nil: prompt.literal(opensThinking ? "<think>\n" : "")
        }
    }

    func renderV31(_ conversation: Conversation, into prompt: inout PromptBuilder) {
        appendSystem(conversation, to: &prompt)
        var afterUser = false
        var afterTool = false
        for message in conversation.messages {
            switch message.role {
            case .system: continue
            case .user:
                prompt.literal(Self.user)
                prompt.content(message.content)
            case .assistant:
                if afterUser { prompt.literal(Self.assistant + closedThinking) }
                let keepsAll = afterTool || !message.toolCalls.isEmpty
                prompt.content(keepsAll ? message.content : Self.afterReasoning(message.content, last: false))
                Self.appendPlainCalls(message.toolCalls, to: &prompt)
                prompt.literal(Self.endOfSentence)
            case .tool: Self.appendOutput(message.content, to: &prompt)
            }
            afterUser = message.role == .user
            afterTool = message.role == .tool
        }
        // After a tool's output the model goes on by itself.
        guard afterUser else { return }
        prompt.literal(Self.assistant + (conversation.thinking == true ? "<think>" : closedThinking))
    }

    /// All system messages come first, as one.
    private func appendSystem(_ conversation: Conversation, to prompt: inout PromptBuilder) {
        let system = conversation.messages.filter { $0.role == .system }.map(\.content).joined(separator: "\n\n")
        prompt.content(system)
        guard describesTools, !conversation.tools.isEmpty else { return }
        if !system.isEmpty { prompt.literal("\n\n") }
        appendToolDescription(conversation.tools, to: &prompt)
    }

    /// What follows the first or last `</think>`, if there is one.
    private static func afterReasoning(_ text: String, last: Bool) -> String {
        let mark = Array("</think>".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count >= mark.count else { return text }
        let starts = 0...(bytes.count - mark.count)
        func matches(_ start: Int) -> Bool { bytes[start..<start + mark.count].elementsEqual(mark) }
        guard let start = last ? starts.last(where: matches) : starts.first(where: matches) else { return text }
        return String(decoding: bytes[(start + mark.count)...], as: UTF8.self)
    }

    private static func appendOutput(_ text: String, to prompt: inout PromptBuilder) {
        prompt.literal("<｜tool▁output▁begin｜>")
        prompt.content(text)
        prompt.literal("<｜tool▁output▁end｜>")
    }

    /// V3 and R1 fence the arguments and name the kind of tool.
    private static func appendFencedCalls(_ calls: [ToolCall], to prompt: inout PromptBuilder) {
        guard !calls.isEmpty else { return }
        prompt.literal("<｜tool▁calls▁begin｜>")
        for (index, call) in calls.enumerated() {
            prompt.literal((index > 0 ? "\n" : "") + "<｜tool▁call▁begin｜>function<｜tool▁sep｜>")
            prompt.content(call.name)
            prompt.literal("\n```json\n")
            prompt.content(argumentsText(call))
            prompt.literal("\n```<｜tool▁call▁end｜>")
        }
        prompt.literal("<｜tool▁calls▁end｜>")
    }

    private static func appendPlainCalls(_ calls: [ToolCall], to prompt: inout PromptBuilder) {
        guard !calls.isEmpty else { return }
        prompt.literal("<｜tool▁calls▁begin｜>")
        for call in calls {
            prompt.literal("<｜tool▁call▁begin｜>")
            prompt.content(call.name)
            prompt.literal("<｜tool▁sep｜>")
            prompt.content(argumentsText(call))
            prompt.literal("<｜tool▁call▁end｜>")
        }
        prompt.literal("<｜tool▁calls▁end｜>")
    }

    /// Arguments as text; some clients send the text itself.
    static func argumentsText(_ call: ToolCall) -> String {
        call.arguments.stringValue ?? call.arguments.serialized(.spaced)
    }
}
