import Glibc
import Inference
import JSON
import Server
import Testing
import Tokenizer

@Suite struct CompletionTests {
    @Test func answersPlainly() async throws {
        try await withService(.answering(["Hel", "lo \"w\n", "🐋"])) { service in
            let response = try await service.chat(#","model":"deepseek-v2-lite","unknown_field":[1]"#)
            #expect(response.status == .ok)
            #expect(response.headers["content-type"] == "application/json")
            let answer = try response.json
            #expect(answer["id"]?.stringValue?.hasPrefix("chatcmpl-") == true)
            #expect(answer["object"] == "chat.completion")
            #expect(answer["model"] == "deepseek-v2-lite")
            #expect(answer["system_fingerprint"]?.stringValue?.hasPrefix("minke-") == true)
            let choice = answer["choices"]?[0]
            #expect(choice?["message"] == ["role": "assistant", "content": "Hello \"w\n🐋"])
            #expect(choice?["finish_reason"] == "stop")
            #expect(
                answer["usage"] == [
                    "prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11,
                    "prompt_tokens_details": ["cached_tokens": 0],
                ])
            #expect(answer["timings"]?["predicted_per_second"]?.doubleValue == 2)
            #expect(answer["timings"]?["prompt_ms"]?.doubleValue == 500)
            let paging = answer["timings"]?["paging"]
            #expect(paging?["hit_rate"]?.doubleValue == 0.75 && paging?["bytes_read"] == 200_000_000)
            #expect(paging?["stalled_ms"]?.doubleValue == 500 && paging?["misses"] == 10)
            #expect(paging?["disk_bytes_per_second"]?.doubleValue == 8e8)
        }
    }

    @Test func streams() async throws {
        try await withService(.answering(["Hel", "lo \"w\n", "🐋"], finish: .length)) { service in
            let response = try await service.chat(#","stream":true,"stream_options":{"include_usage":true}"#)
            #expect(response.headers["content-type"] == "text/event-stream")
            let events = try response.events
            #expect(Set(events.map { $0["created"]?.intValue }).count == 1)
            #expect(Set(events.map { $0["id"]?.stringValue }).count == 1)
            #expect(events.allSatisfy { $0["object"] == "chat.completion.chunk" && $0["model"] == "deepseek-v2-lite" })
            let deltas = events.compactMap { $0["choices"]?[0]?["delta"] }
            #expect(deltas.first == ["role": "assistant", "content": ""])
            #expect(deltas.filter { $0["role"] != nil }.count == 1)
            #expect(deltas.compactMap { $0["content"]?.stringValue }.joined() == "Hello \"w\n🐋")
            #expect(deltas.last == [:])
            let reasons = events.compactMap { $0["choices"]?[0]?["finish_reason"]?.stringValue }
            #expect(reasons == ["length"])
            #expect(events.last?["choices"] == [])
            #expect(events.last?["usage"]?["total_tokens"] == 11)
            #expect(events.dropLast().last?["timings"]?["predicted_n"] == 4)
            #expect(!response.text.contains("prompt_progress"))
        }
    }

    @Test func streamsProgressAndNoUsageUnlessAsked() async throws {
        try await withService(.answering(parts: [[.content("a")]], prompt: 10, cached: 4)) { service in
            let events = try await service.chat(#","stream":true,"return_progress":true"#).events
            let progress = events.compactMap { $0["prompt_progress"] }
            #expect(progress.map { $0["processed"]?.intValue } == [7, 10])
            #expect(progress.allSatisfy { $0["total"] == 10 && $0["cache"] == 4 && $0["time_ms"] != nil })
            #expect(events.allSatisfy { $0["usage"] == nil })
            let timings = events.last?["timings"]
            #expect(timings?["cache_n"] == 4 && timings?["prompt_n"] == 6)
            #expect(timings?["prompt_per_second"]?.doubleValue == 12)
            let plain = try await service.chat("").json
            #expect(plain["usage"]?["prompt_tokens_details"] == ["cached_tokens": 4])
        }
    }

    @Test func passesEverySettingOn() async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            let body = #"""
                {"model":"team/big","messages":[
                  {"role":"developer","content":"be brief"},
                  {"role":"user","name":"ann","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
                  {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
                    {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"y\":1,\"a\":2}"}}]},
                  {"role":"tool","tool_call_id":"c1","content":"42"}],
                 "max_tokens":5,"max_completion_tokens":9,"temperature":0,"top_p":0.5,"top_k":-1,"min_p":0.25,
                 "seed":18446744073709551615,"stop":["\n","END"],"frequency_penalty":-1,"presence_penalty":2,
                 "repeat_penalty":1.5,"n":1,"user":"u","metadata":{},"store":true,"logprobs":true,
                 "top_logprobs":2,"logit_bias":{"7":-100,"0":1.5},"response_format":{"type":"text"},
                 "tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false,
                 "tool_choice":"none","reasoning_effort":"none","stream":null}
                """#
            let answer = try await service.post("/v1/chat/completions", body).json
            #expect(answer["model"] == "team/big")
        }
        let request = try #require(generator.requests.first)
        #expect(request.model == "team/big")
        #expect(request.maximumTokens == 9)
        #expect(request.stop == ["\n", "END"])
        #expect(request.logitBias == [7: -100, 0: 1.5])
        #expect(request.likeliestCount == 2)
        #expect(request.toolChoice == .none && !request.callsInParallel)
        #expect(request.userID == geteuid())
        #expect(request.grammar == nil && request.keepAlive == nil)
        var sampling = SamplingOverrides()
        sampling.temperature = 0
        sampling.topP = 0.5
        sampling.topK = 0
        sampling.minP = 0.25
        sampling.seed = .max
        sampling.frequencyPenalty = -1
        sampling.presencePenalty = 2
        sampling.repetitionPenalty = 1.5
        #expect(request.sampling == sampling)
        guard case .chat(let conversation) = request.prompt else { throw RawConnection.Failure(message: "no chat") }
        let call = ToolCall(id: "c1", name: "f", arguments: ["y": 1, "a": 2])
        #expect(
            conversation.messages == [
                ChatMessage(role: .system, content: "be brief"), ChatMessage(role: .user, content: "ab"),
                ChatMessage(role: .assistant, content: "", reasoning: "hm", toolCalls: [call]),
                ChatMessage(role: .tool, content: "42", toolCallID: "c1"),
            ])
        #expect(conversation.tools.count == 1)
        #expect(conversation.thinking == false)
    }

    /// Nothing is said while the queue is short; later, comments keep the client's patience.
    @Test func commentsWhileQueuedAndPrefilling() async throws {
        let generator = ScriptedGenerator([
            .pause(.milliseconds(250)), .event(.admitted(promptTokenCount: 100)),
            .event(.prefill(processed: 32, total: 100)), .pause(.milliseconds(250)),
            .event(.prefill(processed: 100, total: 100)), .event(.text("x")), .pause(.milliseconds(250)),
            .event(.finished(ScriptedGenerator.summary(.stop, prompt: 100, completion: 1))),
        ])
        try await withService(generator, keepalive: .milliseconds(100)) { service in
            let text = try await service.chat(#","stream":true"#).text
            #expect(text.hasPrefix(": queued\n\n"))
            #expect(text.contains("\n\n: prefill 32/100\n\n"))
            let decoding = try #require(text.split(separator: #"{"content":"x"}"#).last)
            #expect(!decoding.contains("\n: "), "no comment once text flows")
        }
    }

    /// The place in the queue, for everybody once the stream has begun, at once for those who asked.
    @Test func tellsThePlaceInTheQueue() async throws {
        let generator = ScriptedGenerator([
            .event(.queued(ahead: 3)), .pause(.milliseconds(250)), .event(.queued(ahead: 2)),
            .event(.queued(ahead: 1)), .event(.admitted(promptTokenCount: 1)), .event(.text("x")),
            .event(.finished(ScriptedGenerator.summary(.stop, prompt: 1, completion: 1))),
        ])
        try await withService(generator, keepalive: .milliseconds(100)) { service in
            let text = try await service.chat(#","stream":true"#).text
            #expect(text.hasPrefix(": queued 3\n\n"))
            #expect(text.contains(": queued 2\n\n: queued 1\n\ndata: "))
            let events = try await service.chat(#","stream":true,"return_progress":true"#).events
            #expect(events.compactMap { $0["queued"]?.intValue } == [3, 2, 1])
            #expect(events.first?["choices"] == [] && events.first?["object"] == "chat.completion.chunk")
        }
    }

    @Test(
        arguments: [
            (#","reasoning_effort":"high""#, true), (#","think":false,"reasoning_effort":"high""#, false),
            (#","think":"low""#, true), (#","chat_template_kwargs":{"enable_thinking":false}"#, false),
            (#","chat_template_kwargs":{"thinking":true,"other":1},"reasoning_effort":"none""#, true), ("", nil),
        ] as [(String, Bool?)])
    func decidesWhetherToThink(_ fields: String, _ thinking: Bool?) async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            let status = try await service.chat(fields).status
            #expect(status == .ok)
        }
        guard case .chat(let conversation)? = generator.requests.first?.prompt else {
            throw RawConnection.Failure(message: "no chat")
        }
        #expect(conversation.thinking == thinking)
    }

    @Test func keepsReasoningApart() async throws {
        let parts: [[AnswerPart]] = [[.reasoning("h")], [.reasoning("m"), .content("A")], [.content("B")]]
        try await withService(.answering(parts: parts)) { service in
            let message = try await service.chat("").json["choices"]?[0]?["message"]
            #expect(message == ["role": "assistant", "content": "AB", "reasoning_content": "hm"])
            let events = try await service.chat(#","stream":true"#).events
            #expect(
                events.compactMap { $0["choices"]?[0]?["delta"] } == [
                    ["role": "assistant", "content": ""], ["reasoning_content": "h"], ["reasoning_content": "m"],
                    ["content": "A"], ["content": "B"], [:],
                ])
        }
    }

    @Test func servesSeveralAnswersOnOneConnection() async throws {
        try await withService(.answering(["one"])) { service in
            let raw = try RawConnection(path: service.path)
            try await raw.send(TestService.raw() + TestService.raw(#","stream":true"#) + TestService.raw())
            let text = try await raw.receive {
                $0.components(of: "HTTP/1.1 200 OK") == 3 && $0.components(of: "\"timings\"") == 3
                    && $0.hasSuffix("}")
            }.text
            #expect(text.components(of: "data: [DONE]\n\n") == 1)
        }
    }

    @Test func takesChunkedBodiesAndLargePrompts() async throws {
        let generator = ScriptedGenerator.answering(["ok"])
        try await withService(generator) { service in
            let raw = try RawConnection(path: service.path)
            let body = #"{"messages":[{"role":"user","content":"hi"}]}"#
            var request = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            for byte in body { request += "1\r\n\(byte)\r\n" }
            try await raw.send(request + "0\r\n\r\n")
            #expect(try await raw.receive(until: { $0.contains("\"timings\"") }).text.hasPrefix("HTTP/1.1 200"))
            let prompt = String(repeating: "word ", count: 400_000)
            let answer = try await service.post(
                "/v1/chat/completions", #"{"messages":[{"role":"user","content":"\#(prompt)"}]}"#)
            #expect(answer.status == .ok)
            guard case .chat(let conversation)? = generator.requests.last?.prompt else { return }
            #expect(conversation.messages.first?.content == prompt)
        }
    }
}

extension String {
    /// How often a text occurs.
    func components(of text: String) -> Int { split(separator: text, omittingEmptySubsequences: false).count - 1 }
}
