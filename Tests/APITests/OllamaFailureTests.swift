import Glibc
import Inference
import JSON
import Server
import Testing
import Timing

/// What goes wrong in Ollama's dialect: every error is one text.
@Suite struct OllamaFailureTests {
    static let invalid: [(path: String, body: String)] = [
        ("/api/chat", ""), ("/api/chat", "[]"), ("/api/chat", #"{"messages":7}"#),
        ("/api/chat", #"{"messages":[{"content":"x"}]}"#), ("/api/chat", #"{"messages":[{"role":"alien"}]}"#),
        ("/api/chat", #"{"messages":[{"role":"user","content":[]}]}"#),
        ("/api/chat", #"{"messages":[{"role":"user","content":"x","images":["aGk="]}]}"#),
        ("/api/chat", #"{"messages":[{"role":"tool","content":"x"}]}"#),
        ("/api/chat", #"{"messages":[{"role":"assistant","tool_calls":[{"function":{}}]}]}"#),
        ("/api/generate", #"{"prompt":7}"#), ("/api/generate", #"{"prompt":"x","images":["aGk="]}"#),
        ("/api/generate", #"{"prompt":"x","suffix":"y"}"#), ("/api/generate", #"{"prompt":"x","template":"y"}"#),
        ("/api/generate", #"{"prompt":"x","context":[1]}"#), ("/api/generate", #"{"prompt":"x","stream":1}"#),
        ("/api/generate", #"{"prompt":"x","format":"xml"}"#), ("/api/generate", #"{"prompt":"x","think":"hard"}"#),
        ("/api/generate", #"{"prompt":"x","keep_alive":"soon"}"#),
        ("/api/generate", #"{"prompt":"x","keep_alive":"5 m"}"#),
        ("/api/generate", #"{"prompt":"x","keep_alive":true}"#),
        ("/api/generate", #"{"prompt":"x","options":[]}"#),
        ("/api/generate", #"{"prompt":"x","options":{"temperature":-1}}"#),
        ("/api/generate", #"{"prompt":"x","options":{"seed":0.5}}"#),
        ("/api/generate", #"{"prompt":"x","options":{"num_predict":"all"}}"#),
        // What loads a model is checked as well.
        ("/api/generate", #"{"logprobs":true,"top_logprobs":21}"#), ("/api/chat", #"{"options":7,"keep_alive":0}"#),
        ("/api/embed", "{}"), ("/api/embeddings", "{}"), ("/api/show", "{}"), ("/api/pull", "{}"),
    ]

    @Test func refusesInvalidRequests() async throws {
        let generator = ScriptedGenerator.answering(["never"])
        try await withService(generator) { service in
            for (path, body) in Self.invalid {
                let response = try await service.post(path, body)
                #expect(response.status == .badRequest, "\(path) \(body)")
                let error = try response.json.objectValue
                #expect(error?.count == 1 && error?["error"]?.stringValue?.isEmpty == false, "\(path) \(body)")
            }
        }
        #expect(generator.requests.isEmpty && generator.orders.isEmpty)
    }

    @Test(arguments: [
        (GenerationError(.queueFull(retryAfterSeconds: 9), "full"), 429, "full"),
        (
            GenerationError(.modelNotFound, "none"), 404,
            "model 'nothing' not found; installed: deepseek-v2-lite, team/big"
        ),
        (GenerationError(.contextExceeded(promptTokenCount: 2, contextLength: 1), "long"), 400, "long"),
        (GenerationError(.doesNotFit, "big"), 500, "big"), (GenerationError(.inputOutput, "disk"), 500, "disk"),
    ])
    func mapsEngineErrors(_ error: GenerationError, _ status: Int, _ text: String) async throws {
        for generator in [ScriptedGenerator([], refusal: error), ScriptedGenerator([.fail(error)])] {
            try await withService(generator) { service in
                for fields in ["", #","stream":false"#] {
                    let response = try await service.post(
                        "/api/generate", #"{"model":"nothing","prompt":"x"\#(fields)}"#)
                    #expect(response.status.code == status)
                    #expect(try response.json == ["error": .string(text)])
                }
            }
        }
        try await withService(ScriptedGenerator([], refusal: error)) { service in
            for fields in ["", #","keep_alive":0"#] {
                let response = try await service.post("/api/generate", #"{"model":"nothing"\#(fields)}"#)
                #expect(response.status.code == status)
                #expect(try response.json == ["error": .string(text)])
            }
        }
    }

    @Test func failsInsideTheStream() async throws {
        let generator = ScriptedGenerator([
            .event(.admitted(promptTokenCount: 1)), .event(.text("half")),
            .fail(GenerationError(.inputOutput, "disk read failed")),
        ])
        try await withService(generator) { service in
            let response = try await service.post("/api/generate", #"{"model":"m","prompt":"x"}"#)
            #expect(response.status == .ok)
            #expect(
                try response.lines == [
                    ["model": "m", "response": "half", "done": false], ["error": "disk read failed"],
                ])
        }
    }

    /// Lines without text while nothing is known to say, in the shape of all others.
    @Test func keepsTheClientsPatience() async throws {
        let generator = ScriptedGenerator([
            .pause(.milliseconds(250)), .event(.admitted(promptTokenCount: 1)), .event(.text("x")),
            .event(.finished(ScriptedGenerator.summary(.stop, prompt: 1, completion: 1))),
        ])
        try await withService(generator, keepalive: .milliseconds(100)) { service in
            let body = #"{"model":"m","messages":[{"role":"user","content":"x"}]}"#
            let lines = try await service.post("/api/chat", body).lines
            #expect(lines.count > 2)
            #expect(
                lines.dropLast(2).allSatisfy {
                    $0 == ["model": "m", "message": ["role": "assistant", "content": ""], "done": false]
                })
        }
    }

    @Test func stopsTheEngineWhenTheClientLeaves() async throws {
        let generator = ScriptedGenerator([.event(.admitted(promptTokenCount: 9)), .event(.text("a")), .hang])
        try await withService(generator) { service in
            let raw = try RawConnection(path: service.path)
            let body = #"{"model":"m","prompt":"x"}"#
            try await raw.send(
                "POST /api/generate HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            _ = try await raw.receive { $0.contains("\"a\"") }
            raw.leave()
            #expect(try await eventually { generator.abandoned.count == 1 })
        }
    }

    @Test func errorsOfTheServerHaveTheSameShape() async throws {
        var limits = ServerLimits()
        limits.bodyByteCount = 1000
        try await withService(.answering([]), limits: limits) { service in
            let responses = [
                (try await service.get("/api/nothing"), 404), (try await service.get("/api/chat"), 405),
                (try await service.post("/api/chat", String(repeating: " ", count: 1001)), 413),
            ]
            for (response, status) in responses {
                #expect(response.status.code == status)
                let error = try response.json.objectValue
                #expect(error?.count == 1 && error?["error"]?.stringValue != nil)
            }
        }
    }

    @Test func doesNotChangeModels() async throws {
        try await withService(.answering([])) { service in
            let changes = [
                ("POST", "/api/create"), ("POST", "/api/push"), ("POST", "/api/copy"), ("DELETE", "/api/delete"),
            ]
            for (method, path) in changes {
                let response = try await service.send(method, path, #"{"model":"m"}"#)
                #expect(response.status == .forbidden, "\(path)")
                #expect(try response.json["error"]?.stringValue?.contains("minke import") == true)
            }
        }
    }
}
