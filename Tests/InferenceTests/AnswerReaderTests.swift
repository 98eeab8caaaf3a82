import JSON
import Testing
import Tokenizer

@testable import Inference

/// Answers taken apart: reasoning, text and calls, however they are cut into pieces.
@Suite struct AnswerReaderTests {
    static let tools: [JSONValue] = [
        [
            "type": "function",
            "function": [
                "name": "light",
                "parameters": [
                    "type": "object",
                    "properties": ["room": ["type": "string"], "level": ["type": "integer"]],
                ],
            ],
        ]
    ]

    /// What an answer reads as: text, reasoning, and calls with their joined arguments.
    struct Read: Equatable {
        var content = ""
        var reasoning = ""
        var calls: [String] = []
        var arguments: [String] = []
    }

    static func read(
        _ text: String, _ family: ChatFormat.Family?, inReasoning: Bool = false, by size: Int
    ) -> Read {
        var reader = AnswerReader(
            family.map { ChatFormat($0).callSyntax }, tools: tools, inReasoning: inReasoning)
        var result = Read()
        var parts: [AnswerPart] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            parts += reader.append(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        parts += reader.finish()
        for part in parts {
            switch part {
            case .content(let piece): result.content += piece
            case .reasoning(let piece): result.reasoning += piece
            case .call(let index, let id, let name):
                #expect(index == result.calls.count && !id.isEmpty)
                result.calls.append(name)
                result.arguments.append("")
            case .arguments(let index, let piece): result.arguments[index] += piece
            }
        }
        return result
    }

    static func check(
        _ text: String, _ family: ChatFormat.Family?, inReasoning: Bool = false, _ expected: Read
    ) {
        for size in [1, 2, 3, 7, 1000] {
            #expect(read(text, family, inReasoning: inReasoning, by: size) == expected, "in pieces of \(size)")
        }
    }

    @Test func reasoningIsToldApart() {
        Self.check(
            "Let me see.</think>\n\nYes.", nil, inReasoning: true, Read(content: "Yes.", reasoning: "Let me see."))
        Self.check("<think>Hm</think>Yes <think>.", nil, Read(content: "Yes <think>.", reasoning: "Hm"))
        Self.check("\n<think>Hm", nil, Read(reasoning: "Hm"))
        Self.check(" <b>Yes</b>", nil, Read(content: " <b>Yes</b>"))
        Self.check("<thin", nil, Read(content: "<thin"))
        Self.check("Hm</thi", nil, inReasoning: true, Read(reasoning: "Hm</thi"))
    }

    @Test(arguments: [
        (
            ChatFormat.Family.v31,
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>light<｜tool▁sep｜>{\"room\": \"a\"}<｜tool▁call▁end｜>"
                + "<｜tool▁call▁begin｜>light<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
        ),
        (
            .r1,
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>light\n```json\n{\"room\": \"a\"}\n```<｜tool▁call▁end｜>"
                + "\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>light\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
        ),
        (
            .kimi,
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.light:0<|tool_call_argument_begin|>{\"room\": \"a\"}"
                + "<|tool_call_end|><|tool_call_begin|>functions.light:1<|tool_call_argument_begin|>{}<|tool_call_end|>"
                + "<|tool_calls_section_end|>"
        ),
    ])
    func callsWhoseArgumentsAreJSON(family: ChatFormat.Family, text: String) {
        let expected = Read(content: "Now: ", calls: ["light", "light"], arguments: ["{\"room\": \"a\"}", "{}"])
        Self.check("Now: " + text, family, expected)
        // Cut off within the second call, what is there is told.
        let cut = Self.read("Now: " + text.prefix(text.count - 40), family, by: 3)
        #expect(cut.calls.first == "light" && cut.arguments.first == "{\"room\": \"a\"}")
    }

    @Test func callsOfOtherForms() {
        let expected = Read(calls: ["light"], arguments: ["{\"room\":\"7\",\"level\":7}"])
        Self.check(
            "<tool_call>\n{\"name\": \"light\", \"arguments\": {\"room\": \"7\", \"level\": 7}}\n</tool_call>", .chatML,
            expected)
        Self.check("{\"name\": \"light\", \"parameters\": {\"room\": \"7\", \"level\": 7}}", .llama3, expected)
        Self.check(
            "<tool_call>light\n<arg_key>room</arg_key>\n<arg_value>7</arg_value>\n<arg_key>level</arg_key>\n"
                + "<arg_value>7</arg_value>\n</tool_call>", .glm45, expected)
        Self.check(
            "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"light\">\n<｜DSML｜parameter name=\"room\" string=\"true\">7"
                + "</｜DSML｜parameter>\n<｜DSML｜parameter name=\"level\" string=\"false\">7</｜DSML｜parameter>\n"
                + "</｜DSML｜invoke>\n</｜DSML｜function_calls>", .v32, expected)
    }

    @Test func whatIsNoCallIsText() {
        Self.check(
            "<tool_call>\nlight it\n</tool_call>!", .chatML, Read(content: "<tool_call>\nlight it\n</tool_call>!"))
        Self.check("{\"a\": 1}", .llama3, Read(content: "{\"a\": 1}"))
        Self.check("So: {\"name\": \"light\"}", .llama3, Read(content: "So: {\"name\": \"light\"}"))
        Self.check("<tool_call>\n{\"name\"", .chatML, Read(content: "<tool_call>\n{\"name\""))
        Self.check("plain", .v31, Read(content: "plain"))
    }
}
