import Inference
import JSON
import Testing

/// Answers that must be JSON.
@Suite struct AnswerFormatTests {
    private static let schema = #"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#
    /// What no grammar can hold: the rest of the schema is somewhere else.
    private static let remote = #"{"type":"object","properties":{"a":{"$ref":"https://example.com/a.json"}}}"#

    static let formats: [(path: String, field: String, isBound: Bool)] = [
        ("/v1/chat/completions", #""response_format":{"type":"text"}"#, false),
        ("/v1/chat/completions", #""response_format":{"type":"json_object"}"#, true),
        ("/v1/chat/completions", #""response_format":{"type":"json_object","schema":\#(schema)}"#, true),
        (
            "/v1/chat/completions",
            #""response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":\#(schema)}}"#,
            true
        ),
        ("/v1/chat/completions", #""json_schema":\#(schema)"#, true), ("/api/chat", #""format":"json""#, true),
        ("/api/chat", #""format":\#(schema)"#, true), ("/api/chat", #""format":"""#, false),
        ("/api/chat", #""format":null"#, false), ("/api/generate", #""prompt":"x","format":\#(schema)"#, true),
    ]

    @Test func bindsAnswers() async throws {
        for (path, field, isBound) in Self.formats {
            let generator = ScriptedGenerator.answering([#"{"a":1}"#])
            try await withService(generator) { service in
                let body = #"{"model":"m","messages":[{"role":"user","content":"x"}],\#(field)}"#
                let response = try await service.post(path, body)
                #expect(response.status == .ok, "\(field) \(response.text)")
            }
            #expect((generator.requests.first?.grammar != nil) == isBound, "\(field)")
        }
    }

    @Test func refusesWhatCannotBeHonoured() async throws {
        let generator = ScriptedGenerator.answering(["never"])
        try await withService(generator) { service in
            let field = #","response_format":{"type":"json_schema","json_schema":{"schema":\#(Self.remote)}}"#
            let response = try await service.chat(field)
            #expect(response.status == .badRequest)
            let error = try response.json["error"]
            #expect(error?["type"] == "invalid_request_error" && error?["code"] == "unsupported_schema")
            #expect(error?["keyword"] == "$ref")
            #expect(error?["message"]?.stringValue?.contains("$ref") == true)
            let pointer = try #require(error?["pointer"]?.stringValue)
            #expect(pointer.hasPrefix("/properties/a"))
            #expect(error?["param"]?.stringValue == "response_format.json_schema.schema" + pointer)
            let ollama = try await service.post(
                "/api/generate", #"{"model":"m","prompt":"x","format":\#(Self.remote)}"#)
            #expect(ollama.status == .badRequest)
            #expect(try ollama.json["error"]?.stringValue?.contains("$ref at /properties/a") == true)
            #expect(try ollama.json.objectValue?.count == 1)
        }
        #expect(generator.requests.isEmpty)
    }
}
