import Inference
import JSON
import Server
import Testing
import Timing

@Suite struct FailureTests {
    static let invalid: [(body: String, parameter: String?)] = [
        ("", nil), ("[]", nil), ("{\"messages\":", nil), ("{\"a\":1 \"b\":2}", nil),
        (String(repeating: "[", count: 100_000), nil),
        ("{}", "messages"), (#"{"messages":"hi"}"#, "messages"), (#"{"messages":[]}"#, "messages"),
        (#"{"messages":[7]}"#, "messages[0]"), (#"{"messages":[{"content":"x"}]}"#, "messages[0].role"),
        (#"{"messages":[{"role":"alien","content":"x"}]}"#, "messages[0].role"),
        (#"{"messages":[{"role":"user"}]}"#, "messages[0].content"),
        (#"{"messages":[{"role":"user","content":7}]}"#, "messages[0].content"),
        (#"{"messages":[{"role":"tool","content":"x"}]}"#, "messages[0].tool_call_id"),
        (
            #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}"#,
            "messages[0].content[0].type"
        ),
        (#"{"messages":[{"role":"assistant","tool_calls":[{}]}]}"#, "messages[0].tool_calls[0].function"),
    ]

    static let invalidFields: [(field: String, parameter: String)] = [
        (#""model":7"#, "model"), (#""stream":"yes""#, "stream"), (#""stream_options":1"#, "stream_options"),
        (#""stream_options":{"include_usage":1}"#, "stream_options.include_usage"),
        (#""temperature":"hot""#, "temperature"), (#""temperature":-1"#, "temperature"),
        (#""temperature":1e999"#, "temperature"), (#""top_p":1.5"#, "top_p"), (#""min_p":-0.1"#, "min_p"),
        (#""top_k":1.5"#, "top_k"), (#""top_k":-2"#, "top_k"), (#""seed":1.5"#, "seed"),
        (#""seed":18446744073709551616"#, "seed"), (#""max_tokens":0"#, "max_tokens"),
        (#""max_completion_tokens":"many""#, "max_completion_tokens"), (#""n":2"#, "n"), (#""n":0"#, "n"),
        (#""stop":7"#, "stop"), (#""stop":["a","b","c","d","e"]"#, "stop"), (#""stop":[""]"#, "stop"),
        (#""frequency_penalty":3"#, "frequency_penalty"), (#""repeat_penalty":0"#, "repeat_penalty"),
        (#""logprobs":1"#, "logprobs"), (#""top_logprobs":3"#, "top_logprobs"),
        (#""logprobs":true,"top_logprobs":21"#, "top_logprobs"),
        (#""logit_bias":[1]"#, "logit_bias"), (#""logit_bias":{"-1":5}"#, "logit_bias.-1"),
        (#""logit_bias":{"+1":5}"#, "logit_bias.+1"), (#""logit_bias":{"word":5}"#, "logit_bias.word"),
        (#""logit_bias":{"1":101}"#, "logit_bias.1"), (#""logit_bias":{"4294967296":1}"#, "logit_bias.4294967296"),
        (#""response_format":{"type":"json_schema","json_schema":{}}"#, "response_format.json_schema.schema"),
        (#""response_format":{"type":"json_schema"}"#, "response_format.json_schema"),
        (#""response_format":{"type":"xml"}"#, "response_format.type"), (#""response_format":7"#, "response_format"),
        (#""tools":7"#, "tools"), (#""tools":[{"type":"function"}]"#, "tools[0].function"),
        (#""tools":[{"type":"retrieval"}]"#, "tools[0].type"),
        (#""tools":[{"type":"function","function":{}}]"#, "tools[0].function.name"),
        (#""tools":[{"type":"function","function":{"name":"a b"}}]"#, "tools[0].function.name"),
        (#""tools":[{"type":"function","function":{"name":"f","parameters":[]}}]"#, "tools[0].function.parameters"),
        (#""tools":[{"type":"function","function":{"name":"f","strict":1}}]"#, "tools[0].function.strict"),
        (#""tool_choice":"required""#, "tool_choice"), (#""tool_choice":"some""#, "tool_choice"),
        (#""tool_choice":{"type":"function","function":{"name":"g"}}"#, "tool_choice"),
        (#""tool_choice":{"type":"function"}"#, "tool_choice.function.name"),
        (#""tool_choice":{"type":"allowed_tools"}"#, "tool_choice.type"),
        (#""parallel_tool_calls":"no""#, "parallel_tool_calls"), (#""functions":[{}]"#, "functions"),
        (#""grammar":"root ::= x""#, "grammar"), (#""modalities":["text","audio"]"#, "modalities"),
        (#""reasoning_effort":"heroic""#, "reasoning_effort"), (#""think":"hard""#, "think"),
        (#""chat_template_kwargs":{"enable_thinking":1}"#, "chat_template_kwargs.enable_thinking"),
    ]

    @Test func refusesInvalidRequests() async throws {
        let generator = ScriptedGenerator.answering(["never"])
        try await withService(generator) { service in
            let fields = Self.invalidFields.map {
                (body: #"{"messages":[{"role":"user","content":"x"}],\#($0.field)}"#, parameter: Optional($0.parameter))
            }
            for (body, parameter) in Self.invalid + fields {
                let response = try await service.post("/v1/chat/completions", body)
                #expect(response.status == .badRequest, "\(body.prefix(100))")
                let error = try response.json["error"]
                #expect(error?["type"] == "invalid_request_error")
                #expect(error?["message"]?.stringValue?.isEmpty == false)
                #expect(error?["param"]?.stringValue == parameter, "\(body.prefix(100))")
            }
        }
        #expect(generator.requests.isEmpty)
    }

    @Test func ofRepeatedNamesTheLastOneCounts() async throws {
        let generator = ScriptedGenerator.answering([])
        try await withService(generator) { service in
            let body = #"{"max_tokens":1,"messages":[{"role":"user","content":"a","content":"b"}],"max_tokens":2}"#
            _ = try await service.post("/v1/chat/completions", body)
        }
        #expect(generator.requests.first?.maximumTokens == 2)
    }

    @Test func namesTheOffsetOfBadJSON() async throws {
        try await withService(.answering([])) { service in
            let error = try await service.post("/v1/chat/completions", #"{"messages":[}"#).json["error"]
            #expect(error?["code"] == "invalid_json")
            #expect(error?["offset"] == 13)
            #expect(error?["message"]?.stringValue?.contains("13") == true)
        }
    }

    @Test(arguments: [
        (GenerationError(.queueFull(retryAfterSeconds: 9), "full"), 429, "rate_limit_error", "queue_full"),
        (GenerationError(.modelNotFound, "none"), 404, "not_found_error", "model_not_found"),
        (
            GenerationError(.contextExceeded(promptTokenCount: 9000, contextLength: 4096), "long"), 400,
            "exceed_context_size_error", "context_length_exceeded"
        ),
        (GenerationError(.invalidRequest, "bad"), 400, "invalid_request_error", nil),
        (GenerationError(.modelInvalid, "corrupt"), 500, "server_error", "model_invalid"),
        (GenerationError(.doesNotFit, "big"), 500, "server_error", "model_does_not_fit"),
        (GenerationError(.inputOutput, "disk"), 500, "server_error", "io_error"),
    ])
    func mapsEngineErrors(_ error: GenerationError, _ status: Int, _ type: String, _ code: String?) async throws {
        // Refused at once, failed while queued, plain and streamed: always the same HTTP error.
        let generators = [ScriptedGenerator([], refusal: error), ScriptedGenerator([.fail(error)])]
        for generator in generators {
            try await withService(generator) { service in
                for fields in ["", #","stream":true"#] {
                    let response = try await service.chat(fields)
                    #expect(response.status.code == status)
                    #expect(response.headers["content-type"] == "application/json")
                    let body = try response.json["error"]
                    #expect(body?["type"]?.stringValue == type)
                    #expect(body?["code"]?.stringValue == code)
                    switch error.code {
                    case .queueFull: #expect(response.headers["retry-after"] == "9")
                    case .contextExceeded:
                        #expect(body?["n_prompt_tokens"] == 9000 && body?["n_ctx"] == 4096)
                    default: #expect(response.headers["retry-after"] == nil)
                    }
                }
            }
        }
    }

    @Test func failsInsideTheStream() async throws {
        let begin: [ScriptedGenerator.Step] = [.event(.admitted(promptTokenCount: 1)), .event(.text("half"))]
        let endings: [(ScriptedGenerator.Step, String)] = [
            (.fail(GenerationError(.inputOutput, "disk read failed")), "io_error"), (.crash, "internal_error"),
            (.end, "internal_error"),
        ]
        for (ending, code) in endings {
            try await withService(ScriptedGenerator(begin + [ending])) { service in
                let streamed = try await service.chat(#","stream":true"#)
                #expect(streamed.status == .ok)
                let last = try #require(streamed.text.split(separator: "\n\n").last)
                let error = try JSONValue.parse(String(last.dropFirst(6)))["error"]
                #expect(error?["code"]?.stringValue == code && error?["type"] == "server_error")
                #expect(!streamed.text.contains("[DONE]"))
                #expect(try await service.chat("").status == .internalError)
            }
        }
    }

    @Test(arguments: [#","stream":true"#, ""])
    func stopsTheEngineWhenTheClientLeaves(_ fields: String) async throws {
        let scripts: [[ScriptedGenerator.Step]] = [
            [.hang], [.event(.admitted(promptTokenCount: 9)), .hang],
            [.event(.admitted(promptTokenCount: 9)), .event(.text("a")), .hang],
        ]
        for script in scripts {
            let generator = ScriptedGenerator(script)
            try await withService(generator) { service in
                var delays: [Duration] = []
                for round in 1...5 {
                    let raw = try RawConnection(path: service.path)
                    try await raw.send(TestService.raw(fields))
                    #expect(try await eventually { generator.requests.count == round })
                    if script.count > 1, !fields.isEmpty { _ = try await raw.receive { $0.contains("data: ") } }
                    let left = ContinuousClock.now
                    raw.leave()
                    #expect(try await eventually { generator.abandoned.count == round })
                    delays.append(try #require(generator.abandoned.last) - left)
                }
                #expect(delays.sorted()[2] < .milliseconds(250) * slowness, "\(delays)")
                #expect(try await eventually { generator.queue().isEmpty })
            }
        }
    }

    @Test func answersAHalfClosedClient() async throws {
        let generator = ScriptedGenerator([
            .pause(.milliseconds(100)), .event(.admitted(promptTokenCount: 1)), .event(.text("still here")),
            .event(.finished(ScriptedGenerator.summary(.stop, prompt: 1, completion: 1))),
        ])
        try await withService(generator) { service in
            let raw = try RawConnection(path: service.path)
            try await raw.send(TestService.raw(#","stream":true"#))
            raw.shutdownSending()
            let text = try await raw.receiveAll()
            #expect(text.contains("still here") && text.contains("data: [DONE]"))
        }
    }

    @Test func slowReaderGetsEverythingAndAStuckOneIsCut() async throws {
        let piece = String(repeating: "x", count: 2000)
        let generator = ScriptedGenerator.answering(Array(repeating: piece, count: 500))
        var limits = ServerLimits()
        limits.sendTimeout = .milliseconds(1500)
        try await withService(generator, limits: limits) { service in
            let slow = try RawConnection(path: service.path)
            try await slow.send(TestService.raw(#","stream":true"#))
            var text = ""
            var closed = false
            while !closed && !text.suffix(100).contains("[DONE]") {
                try await Task.sleep(for: .milliseconds(10))
                let part = try await slow.receive { $0.utf8.count > 40_000 || $0.contains("[DONE]") }
                text += part.text
                closed = part.closed
            }
            #expect(text.components(of: "\"delta\":{\"content\":") == 500)
            let stuck = try RawConnection(path: service.path)
            try await stuck.send(TestService.raw(#","stream":true"#))
            try await Task.sleep(for: .seconds(3))
            #expect(!(try await stuck.receiveAll()).contains("[DONE]"))
        }
    }
}
