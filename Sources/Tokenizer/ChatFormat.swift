/// How a model writes conversations: a built-in counterpart of its chat template.
///
/// There is no Jinja engine here. A format is found by the marks its template has (`detect`), and renders the
/// same text as the template. What differs between versions of one family is in the stored properties.
public struct ChatFormat: Sendable, Equatable {
    /// The formats known.
    public enum Family: String, Sendable, CaseIterable {
        /// DeepSeek V2, V2.5, Coder V2: `User: …`, `Assistant: …`
        case v2
        /// DeepSeek V3: `<｜User｜>…<｜Assistant｜>…`
        case v3
        /// DeepSeek R1 and its distillations: V3 with reasoning.
        case r1
        /// DeepSeek V3.1: reasoning by choice.
        case v31 = "v3.1"
        /// DeepSeek V3.2: tools in `<｜DSML｜function_calls>` blocks.
        case v32 = "v3.2"
        /// DeepSeek V4: tools in `<｜DSML｜tool_calls>` blocks.
        case v4
        /// `<|im_start|>role\n…<|im_end|>\n`: Qwen, SmolLM and many others.
        case chatML = "chatml"
        /// `<|start_header_id|>role<|end_header_id|>\n\n…<|eot_id|>`: Llama 3.
        case llama3
        /// GLM-4.5, GLM-4.6: `<|user|>\n…<|assistant|>`, reasoning by choice.
        case glm45 = "glm4.5"
        /// GLM-4.7, GLM-4.7-Flash: the same without newlines, and a prompt that opens or closes the reasoning.
        case glm47 = "glm4.7"
        /// Kimi-K2, Moonlight: `<|im_user|>user<|im_middle|>…<|im_end|>`.
        case kimi = "kimi-k2"
        /// Kimi-K2-Thinking: Kimi-K2 with reasoning.
        case kimiThinking = "kimi-k2-thinking"
    }

    /// The family.
    public var family: Family
    /// Text of the token a prompt starts with; empty where there is none.
    public var beginOfSentence: String
    /// What starts an answer without reasoning (V3.1 and later, GLM).
    public var closedThinking: String
    /// Whether a prompt opens the reasoning unless told otherwise (R1).
    public var opensThinking = true
    /// The system prompt in force if a conversation has none (ChatML, Kimi).
    public var defaultSystemPrompt: String?
    /// Whether a newline follows the default system prompt, an oddity of Kimi-K2's template.
    public var breaksAfterDefaultSystemPrompt = false
    /// Whether the prompt tells the model its date and knowledge (Llama 3.1 and later).
    public var showsDate = false
    /// Whether tool definitions become part of the prompt; else the format has no place for them.
    public var showsTools: Bool
    /// Whether a format that has no place for tool definitions describes them in words before the conversation: not what
    /// the template does, but the only way for its model to learn of them.
    public var describesTools = false
    /// Whether tool definitions are written without spaces (Kimi, as published).
    public var compactsTools = false
    /// Whether tool calls go by their number instead of by their id (Kimi's template as llama.cpp has it).
    public var numbersToolCalls = false

    /// Makes the usual variant of a family.
    public init(_ family: Family) {
        self.family = family
        switch family {
        case .v2, .v3, .r1, .v31, .v32, .v4: beginOfSentence = "<｜begin▁of▁sentence｜>"
        case .llama3: beginOfSentence = "<|begin_of_text|>"
        case .chatML, .kimi, .kimiThinking: beginOfSentence = ""
        case .glm45, .glm47: beginOfSentence = "[gMASK]<sop>"
        }
        closedThinking = family == .v4 || family == .glm47 ? "</think>" : "<think></think>"
        switch family {
        case .v32, .v4, .glm45, .glm47: showsTools = true
        case .kimi, .kimiThinking:
            defaultSystemPrompt = "You are Kimi, an AI assistant created by Moonshot AI."
            showsTools = true
            compactsTools = true
        case .v2, .v3, .r1, .v31, .chatML, .llama3: showsTools = false
        }
    }

    /// Whether the model can reason before it answers.
    public var reasons: Bool {
        switch family {
        case .r1, .v31, .v32, .v4, .glm45, .glm47, .kimiThinking: true
        case .v2, .v3, .chatML, .llama3, .kimi: false
        }
    }

    /// Whether the model reasons if nobody says whether it should.
    public var thinksByDefault: Bool {
        switch family {
        case .r1: opensThinking
        case .glm45, .glm47, .kimiThinking: true
        case .v2, .v3, .v31, .v32, .v4, .chatML, .llama3, .kimi: false
        }
    }

    /// Renders a conversation and the start of the model's answer.
    ///
    /// Whatever the conversation holds is in content segments, so no message can forge a marker. Tool
    /// definitions are left out where `showsTools` is false, as the templates do.
    public func render(_ conversation: Conversation) throws(ChatFormatError) -> [PromptSegment] {
        let conversation = describesTools && !showsTools ? describingTools(in: conversation) : conversation
        var prompt = PromptBuilder()
        prompt.literal(beginOfSentence)
        switch family {
        case .v2: try renderV2(conversation, into: &prompt)
        case .v3, .r1: renderV3(conversation, into: &prompt)
        case .v31: renderV31(conversation, into: &prompt)
        case .v32: try renderV32(conversation, into: &prompt)
        case .v4: try renderV4(conversation, into: &prompt)
        case .chatML: renderChatML(conversation, into: &prompt)
        case .llama3: try renderLlama3(conversation, into: &prompt)
        case .glm45, .glm47: try renderGLM(conversation, into: &prompt)
        case .kimi, .kimiThinking: try renderKimi(conversation, into: &prompt)
        }
        return prompt.segments
    }
}
