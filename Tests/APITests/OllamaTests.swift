import Glibc
import Inference
import JSON
import Server
import Testing
import Tokenizer

/// Answers in Ollama's dialect.
@Suite struct OllamaTests {
    private static let ending: JSONObject = [
        "done": true, "done_reason": "stop", "load_duration": 250_000_000, "prompt_eval_count": 7,
        "prompt_eval_duration": 500_000_000, "eval_count": 3, "eval_duration": 2_000_000_000,
    ]

    private static func end(_ name: String, _ content: JSONValue, reason: JSONValue = "stop") -> JSONValue {
        var end: JSONObject = ["model": "m", name: content]
        for member in ending.members { end[member.name] = member.value }
        end["done_reason"] = reason
        return .object(end)
    }

    private static func message(_ content: String) -> JSONValue {
        ["role": "assistant", "content": .string(content)]
    }

    private static func chat(_ fields: String = "") -> String {
        #"{"model":"m","messages":[{"role":"user","content":"hi"}]\#(fields)}"#
    }

    @Test func chats() async throws {
        try await withService(.answering(["Hel", "lo"], finish: .length)) { service in
            let lines = try await service.post("/api/chat", Self.chat()).lines
            #expect(
                lines == [
                    ["model": "m", "message": Self.message("Hel"), "done": false],
                    ["model": "m", "message": Self.message("lo"), "done": false],
                    Self.end("message", Self.message(""), reason: "length"),
                ])
            let whole = try await service.post("/api/chat", Self.chat(#","stream":false"#))
            #expect(whole.headers["content-type"] == "application/json")
            #expect(try whole.json.timeless == Self.end("message", Self.message("Hello"), reason: "length"))
        }
    }

    @Test func generates() async throws {
        try await withService(.answering(parts: [[.reasoning("hm")], [.content("x")]])) { service in
            let lines = try await service.post("/api/generate", #"{"model":"m","prompt":"hi"}"#).lines
            #expect(
                lines == [
                    ["model": "m", "response": "", "thinking": "hm", "done": false],
                    ["model": "m", "response": "x", "done": false], Self.end("response", ""),
                ])
            let whole = try await service.post("/api/generate", #"{"model":"m","prompt":"hi","stream":false}"#).json
            #expect(whole["response"] == "x" && whole["thinking"] == "hm" && whole["done"] == true)
        }
    }

    @Test func thinks() async throws {
        try await withService(.answering(parts: [[.reasoning("hm")], [.content("x")]])) { service in
            let lines = try await service.post("/api/chat", Self.chat(#","think":true"#)).lines
            #expect(lines.first?["message"] == ["role": "assistant", "content": "", "thinking": "hm"])
            let whole = try await service.post("/api/chat", Self.chat(#","stream":false"#)).json
            #expect(whole["message"] == ["role": "assistant", "content": "x", "thinking": "hm"])
        }
    }

    @Test func callsTools() async throws {
        let parts: [[AnswerPart]] = [
            [.call(index: 0, id: "c0", name: "f")], [.arguments(index: 0, #"{"city":"#)],
            [.arguments(index: 0, #""Tokyo"}"#), .call(index: 1, id: "c1", name: "g")],
        ]
        let calls: [JSONValue] = [
            ["id": "c0", "function": ["index": 0, "name": "f", "arguments": ["city": "Tokyo"]]],
            ["id": "c1", "function": ["index": 1, "name": "g", "arguments": [:]]],
        ]
        try await withService(.answering(parts: parts, finish: .toolCalls)) { service in
            let tools = #","tools":[{"type":"function","function":{"name":"f"}}]"#
            let lines = try await service.post("/api/chat", Self.chat(tools)).lines
            #expect(lines.count == 3 && lines.allSatisfy { $0["message"]?["role"] == "assistant" })
            #expect(lines.compactMap { $0["message"]?["tool_calls"] } == calls.map { [$0] })
            #expect(lines.last?["done_reason"] == "stop")
            let whole = try await service.post("/api/chat", Self.chat(tools + #","stream":false"#)).json
            #expect(whole["message"] == ["role": "assistant", "content": "", "tool_calls": .array(calls)])
        }
        // Half an object cannot be told: the reason says that the answer was cut short.
        try await withService(.answering(parts: Array(parts.prefix(2)), finish: .length)) { service in
            let lines = try await service.post("/api/chat", Self.chat()).lines
            #expect(lines.count == 1 && lines.last?["done_reason"] == "length")
            let whole = try await service.post("/api/chat", Self.chat(#","stream":false"#)).json
            #expect(whole["message"] == Self.message(""))
        }
    }

    /// What Home Assistant sends, and what litellm adds.
    @Test func passesEverySettingOn() async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            let body = #"""
                {"model":"team/big:latest","messages":[
                  {"role":"system","content":"be brief","images":[]},
                  {"role":"user","content":"weather?"},
                  {"role":"assistant","content":"","thinking":"hm","tool_calls":[
                    {"function":{"name":"f","arguments":{"y":1}}},{"function":{"name":"g","arguments":{}}}]},
                  {"role":"tool","content":"42","tool_name":"g"},{"role":"tool","content":"43"}],
                 "stream":false,"keep_alive":-1.0,"truncate":true,"shift":true,"tools":[],"think":"low",
                 "options":{"num_ctx":8192.0,"num_predict":9,"temperature":0.5,"top_k":40,"top_p":0.5,"min_p":0.25,
                   "seed":3,"stop":["a"],"repeat_penalty":1.5,"presence_penalty":1,"frequency_penalty":-1,
                   "repeat_last_n":64,"num_keep":4,"mirostat":0}}
                """#
            let answer = try await service.post("/api/chat", body).json
            #expect(answer["model"] == "team/big:latest")
        }
        let request = try #require(generator.requests.first)
        #expect(request.model == "team/big" && request.userID == geteuid())
        #expect(request.keepAlive == .forever && request.maximumTokens == 9 && request.stop == ["a"])
        var sampling = SamplingOverrides()
        sampling.temperature = 0.5
        sampling.topK = 40
        sampling.topP = 0.5
        sampling.minP = 0.25
        sampling.seed = 3
        sampling.repetitionPenalty = 1.5
        sampling.presencePenalty = 1
        sampling.frequencyPenalty = -1
        #expect(request.sampling == sampling)
        guard case .chat(let conversation) = request.prompt else { throw RawConnection.Failure(message: "no chat") }
        #expect(conversation.thinking == true)
        let calls = [
            ToolCall(id: "call_0", name: "f", arguments: ["y": 1]), ToolCall(id: "call_1", name: "g", arguments: [:]),
        ]
        #expect(
            conversation.messages == [
                ChatMessage(role: .system, content: "be brief"), ChatMessage(role: .user, content: "weather?"),
                ChatMessage(role: .assistant, content: "", reasoning: "hm", toolCalls: calls),
                ChatMessage(role: .tool, content: "42", toolCallID: "call_1"),
                ChatMessage(role: .tool, content: "43", toolCallID: "call_0"),
            ])
    }

    @Test func generatesFromPrompts() async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            let bodies = [
                #"{"model":"m","prompt":"hi","system":"be brief","options":{"num_predict":-2,"seed":-1}}"#,
                #"{"model":"m","prompt":"hi","raw":true,"images":[],"context":[],"suffix":"","format":""}"#,
            ]
            for body in bodies {
                let status = try await service.post("/api/generate", body).status
                #expect(status == .ok, "\(body)")
            }
        }
        let requests = generator.requests
        try #require(requests.count == 2)
        #expect(requests.allSatisfy { $0.maximumTokens == nil && $0.sampling.seed == nil && $0.keepAlive == nil })
        guard case .chat(let conversation) = requests[0].prompt, case .text("hi") = requests[1].prompt else {
            throw RawConnection.Failure(message: "other prompts")
        }
        #expect(
            conversation.messages == [
                ChatMessage(role: .system, content: "be brief"), ChatMessage(role: .user, content: "hi"),
            ])
    }

    @Test(
        arguments: [
            (#""5m""#, KeepAlive.atMost(.seconds(300))), (#""300s""#, .atMost(.seconds(300))),
            (#""1h30m""#, .atMost(.seconds(5400))), (#""1.5s""#, .atMost(.milliseconds(1500))),
            (#""250ms""#, .atMost(.milliseconds(250))), ("30", .atMost(.seconds(30))),
            (#""30""#, .atMost(.seconds(30))),
            ("-1", .forever), ("-1.0", .forever), (#""-1""#, .forever), (#""-1m""#, .forever), ("1e300", .forever),
            ("null", nil), (#""""#, nil), ("0.25", .atMost(.milliseconds(250))),
        ] as [(String, KeepAlive?)])
    func keepsModelsAlive(_ field: String, _ keepAlive: KeepAlive?) async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            let answer = try await service.post("/api/chat", #"{"model":"m","messages":[],"keep_alive":\#(field)}"#)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(
                try answer.json.timeless == [
                    "model": "m", "message": Self.message(""), "done": true, "done_reason": "load",
                ])
            #expect(try await service.post("/api/chat", Self.chat(#","keep_alive":\#(field)"#)).status == .ok)
        }
        #expect(generator.orders == [.init(model: "m", keepAlive: keepAlive, loads: true)])
        #expect(generator.requests.map(\.keepAlive) == [keepAlive])
    }

    @Test func unloads() async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            for field in ["0", "0.0", #""0s""#, #""0""#] {
                let answer = try await service.post("/api/generate", #"{"model":"m:latest","keep_alive":\#(field)}"#)
                #expect(
                    try answer.json.timeless == [
                        "model": "m:latest", "response": "", "done": true, "done_reason": "unload",
                    ])
            }
            // With a prompt it is unloaded afterwards.
            #expect(try await service.post("/api/chat", Self.chat(#","keep_alive":0"#)).status == .ok)
        }
        let order = ScriptedGenerator.Order(model: "m", keepAlive: nil, loads: false)
        #expect(generator.orders == Array(repeating: order, count: 4))
        #expect(generator.requests.map(\.keepAlive) == [.atMost(.zero)])
    }
}
