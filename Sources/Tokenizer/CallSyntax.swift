/// How a model writes calls of tools: what stands before, between and behind their parts.
public struct CallSyntax: Sendable, Equatable {
    /// What stands between `headerEnd` (or `callBegin`) and `callEnd`.
    public enum Body: Sendable, Equatable {
        /// The arguments, a JSON object.
        case arguments
        /// A JSON object whose member of this name are the arguments; `name` is the function's.
        case object(arguments: String)
        /// The function's name, then `<arg_key>NAME</arg_key><arg_value>VALUE</arg_value>`…
        case keysAndValues
        /// `<｜DSML｜parameter name="NAME" string="true|false">VALUE</｜DSML｜parameter>`…
        case parameters
    }

    /// What surrounds all calls of an answer, if anything does.
    public var sectionBegin: String?, sectionEnd: String?
    /// What begins a call.
    public var callBegin: String
    /// What stands before the function's name.
    public var namePrefix = ""
    /// What ends the function's name; `nil` if the body holds it.
    public var headerEnd: String?
    /// What a call consists of.
    public var body: Body
    /// What ends a call; `nil` if the answer's end does.
    public var callEnd: String?
    /// What stands between two calls.
    public var separator = ""
    /// What of the above are tokens of their own in the vocabulary.
    public var markers: [String] = []
}

extension ChatFormat {
    /// How calls of tools are written.
    public var callSyntax: CallSyntax {
        switch family {
        case .v3, .r1:
            CallSyntax(
                sectionBegin: "<｜tool▁calls▁begin｜>", sectionEnd: "<｜tool▁calls▁end｜>",
                callBegin: "<｜tool▁call▁begin｜>", namePrefix: "function<｜tool▁sep｜>", headerEnd: "\n```json\n",
                body: .arguments, callEnd: "\n```<｜tool▁call▁end｜>", separator: "\n", markers: Self.callMarkers)
        case .v31:
            CallSyntax(
                sectionBegin: "<｜tool▁calls▁begin｜>", sectionEnd: "<｜tool▁calls▁end｜>",
                callBegin: "<｜tool▁call▁begin｜>", headerEnd: "<｜tool▁sep｜>", body: .arguments,
                callEnd: "<｜tool▁call▁end｜>", markers: Self.callMarkers)
        case .v32, .v4:
            CallSyntax(
                sectionBegin: "<｜DSML｜\(family == .v4 ? "tool_calls" : "function_calls")>\n",
                sectionEnd: "</｜DSML｜\(family == .v4 ? "tool_calls" : "function_calls")>",
                callBegin: "<｜DSML｜invoke name=\"", headerEnd: "\">\n", body: .parameters,
                callEnd: "</｜DSML｜invoke>\n", markers: ["｜DSML｜"])
        case .glm45, .glm47:
            CallSyntax(
                callBegin: "<tool_call>", body: .keysAndValues, callEnd: "</tool_call>",
                separator: family == .glm45 ? "\n" : "",
                markers: ["<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"])
        case .kimi, .kimiThinking:
            CallSyntax(
                sectionBegin: "<|tool_calls_section_begin|>", sectionEnd: "<|tool_calls_section_end|>",
                callBegin: "<|tool_call_begin|>", namePrefix: "functions.",
                headerEnd: "<|tool_call_argument_begin|>", body: .arguments, callEnd: "<|tool_call_end|>",
                markers: [
                    "<|tool_calls_section_begin|>", "<|tool_calls_section_end|>", "<|tool_call_begin|>",
                    "<|tool_call_argument_begin|>", "<|tool_call_end|>",
                ])
        case .llama3: CallSyntax(callBegin: "{", body: .object(arguments: "parameters"))
        case .v2, .chatML:
            CallSyntax(
                callBegin: "<tool_call>\n", body: .object(arguments: "arguments"), callEnd: "\n</tool_call>",
                separator: "\n", markers: ["<tool_call>", "</tool_call>"])
        }
    }

    private static let callMarkers = [
        "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>", "<｜tool▁sep｜>",
    ]
}
