import Inference
import JSON
import Testing

/// Tools in OpenAI's dialect.
@Suite struct ToolCallTests {
    private static let tools =
        #","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}}"#
        + #",{"type":"function","function":{"name":"g-2"}}]"#

    private static let parts: [[AnswerPart]] = [
        [.content("Well.")], [.call(index: 0, id: "call_a", name: "f")], [.arguments(index: 0, #"{"x""#)],
        [.arguments(index: 0, ":1}"), .call(index: 1, id: "call_b", name: "g-2")], [.arguments(index: 1, "{}")],
    ]

    @Test func answersWithCalls() async throws {
        try await withService(.answering(parts: Self.parts, finish: .toolCalls)) { service in
            let choice = try await service.chat(Self.tools).json["choices"]?[0]
            #expect(
                choice == [
                    "index": 0,
                    "message": [
                        "role": "assistant", "content": "Well.",
                        "tool_calls": [
                            [
                                "id": "call_a", "type": "function",
                                "function": ["name": "f", "arguments": #"{"x":1}"#],
                            ],
                            ["id": "call_b", "type": "function", "function": ["name": "g-2", "arguments": "{}"]],
                        ],
                    ],
                    "finish_reason": "tool_calls", "logprobs": nil,
                ])
        }
        try await withService(.answering(parts: Array(Self.parts.dropFirst()), finish: .toolCalls)) { service in
            let message = try await service.chat(Self.tools).json["choices"]?[0]?["message"]
            #expect(message?["content"] == .null && message?["tool_calls"]?.arrayValue?.count == 2)
        }
    }

    @Test func streamsCalls() async throws {
        try await withService(.answering(parts: Self.parts, finish: .toolCalls)) { service in
            let events = try await service.chat(Self.tools + #","stream":true"#).events
            let choices = events.compactMap { $0["choices"]?[0] }
            let deltas: [JSONValue] = [
                ["role": "assistant", "content": ""], ["content": "Well."],
                [
                    "tool_calls": [
                        [
                            "index": 0, "id": "call_a", "type": "function",
                            "function": ["name": "f", "arguments": ""],
                        ]
                    ]
                ],
                ["tool_calls": [["index": 0, "function": ["arguments": #"{"x""#]]]],
                ["tool_calls": [["index": 0, "function": ["arguments": ":1}"]]]],
                [
                    "tool_calls": [
                        [
                            "index": 1, "id": "call_b", "type": "function",
                            "function": ["name": "g-2", "arguments": ""],
                        ]
                    ]
                ],
                ["tool_calls": [["index": 1, "function": ["arguments": "{}"]]]],
            ]
            #expect(
                choices == deltas.map { ["index": 0, "delta": $0, "finish_reason": nil] } + [
                    ["index": 0, "delta": [:], "finish_reason": "tool_calls"]
                ])
        }
    }

    @Test(arguments: [
        ("", ToolChoice.auto), (#","tool_choice":"auto""#, .auto), (#","tool_choice":"none""#, .none),
        (#","tool_choice":"required""#, .required),
        (#","tool_choice":{"type":"function","function":{"name":"g-2"}}"#, .function("g-2")),
    ])
    func passesTheChoiceOn(_ field: String, _ choice: ToolChoice) async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            let status = try await service.chat(Self.tools + field).status
            #expect(status == .ok)
        }
        let request = try #require(generator.requests.first)
        #expect(request.toolChoice == choice && request.callsInParallel)
        guard case .chat(let conversation) = request.prompt else { throw RawConnection.Failure(message: "no chat") }
        // As they were written: that is what the model is shown.
        #expect(conversation.tools.first?["function"]?["strict"] == true)
        #expect(conversation.tools.count == 2)
    }
}
