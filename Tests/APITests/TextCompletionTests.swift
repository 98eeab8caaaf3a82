import Inference
import JSON
import Testing

/// `/v1/completions`.
@Suite struct TextCompletionTests {
    private static let path = "/v1/completions"

    @Test func answersPlainly() async throws {
        let generator = ScriptedGenerator.answering(["up", "on"], finish: .length)
        try await withService(generator) { service in
            let answer = try await service.post(Self.path, #"{"model":"deepseek-v2-lite","prompt":"once"}"#).json
            #expect(answer["id"]?.stringValue?.hasPrefix("cmpl-") == true)
            #expect(answer["object"] == "text_completion" && answer["model"] == "deepseek-v2-lite")
            #expect(answer["created"]?.intValue != nil)
            #expect(
                answer["choices"] == [
                    ["index": 0, "text": "upon", "finish_reason": "length", "logprobs": nil]
                ])
            #expect(answer["usage"]?["total_tokens"] == 10)
            #expect(
                try await service.post(Self.path, #"{"prompt":["once"],"echo":true}"#).json["choices"]?[0]?["text"]
                    == "onceupon")
        }
        let request = try #require(generator.requests.first)
        guard case .text("once") = request.prompt else { throw RawConnection.Failure(message: "no text") }
        // OpenAI's own limit where the client sets none.
        #expect(request.maximumTokens == 16)
    }

    @Test func streams() async throws {
        try await withService(.answering(["up", "on"])) { service in
            let body = #"{"prompt":"once","stream":true,"echo":true,"stream_options":{"include_usage":true}}"#
            let events = try await service.post(Self.path, body).events
            #expect(events.allSatisfy { $0["object"] == "text_completion" })
            #expect(Set(events.map { $0["id"]?.stringValue }).count == 1)
            let texts: [JSONValue] = ["once", "up", "on"]
            #expect(
                events.compactMap { $0["choices"]?[0] } == texts.map {
                    ["index": 0, "text": $0, "finish_reason": nil, "logprobs": nil]
                } + [["index": 0, "text": "", "finish_reason": "stop", "logprobs": nil]])
            #expect(events.last?["choices"] == [] && events.last?["usage"]?["total_tokens"] == 10)
        }
    }

    @Test func passesEverySettingOn() async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            let bodies = [
                #"{"prompt":[1,2,3],"max_tokens":5,"temperature":0.5,"seed":3,"stop":"E","logit_bias":{"3":1}}"#,
                #"{"prompt":[[4,5]],"max_tokens":-1,"n":1,"best_of":1,"suffix":null,"user":"u"}"#,
            ]
            for body in bodies {
                let status = try await service.post(Self.path, body).status
                #expect(status == .ok, "\(body)")
            }
        }
        let requests = generator.requests
        try #require(requests.count == 2)
        guard case .tokens([1, 2, 3]) = requests[0].prompt, case .tokens([4, 5]) = requests[1].prompt else {
            throw RawConnection.Failure(message: "no tokens")
        }
        #expect(requests.map(\.maximumTokens) == [5, nil])
        #expect(requests[0].sampling.temperature == 0.5 && requests[0].sampling.seed == 3)
        #expect(requests[0].stop == ["E"] && requests[0].logitBias == [3: 1])
    }

    @Test func refusesInvalidRequests() async throws {
        let generator = ScriptedGenerator.answering(["never"])
        try await withService(generator) { service in
            let invalid = [
                ("{}", "prompt"), (#"{"prompt":[]}"#, "prompt"), (#"{"prompt":7}"#, "prompt"),
                (#"{"prompt":["a","b"]}"#, "prompt"), (#"{"prompt":[1,"b"]}"#, "prompt"),
                (#"{"prompt":[-1]}"#, "prompt"), (#"{"prompt":[1.5]}"#, "prompt"), (#"{"prompt":[[]]}"#, "prompt"),
                (#"{"prompt":"a","suffix":"b"}"#, "suffix"), (#"{"prompt":"a","n":2}"#, "n"),
                (#"{"prompt":"a","best_of":2}"#, "best_of"), (#"{"prompt":"a","logprobs":true}"#, "logprobs"),
                (#"{"prompt":"a","logprobs":21}"#, "logprobs"), (#"{"prompt":[1],"echo":true}"#, "echo"),
                (#"{"prompt":"a","echo":true,"logprobs":1}"#, "echo"),
                (#"{"prompt":"a","max_tokens":0}"#, "max_tokens"),
            ]
            for (body, parameter) in invalid {
                let response = try await service.post(Self.path, body)
                #expect(response.status == .badRequest, "\(body)")
                #expect(try response.json["error"]?["param"]?.stringValue == parameter, "\(body)")
            }
        }
        #expect(generator.requests.isEmpty)
    }
}
