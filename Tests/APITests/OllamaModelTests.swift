import JSON
import Server
import Testing

/// What Ollama's clients ask about models.
@Suite struct OllamaModelTests {
    private static let details: JSONValue = [
        "parent_model": "", "format": "gguf", "family": "deepseek2", "families": ["deepseek2"],
        "parameter_size": "15.7B", "quantization_level": "Q4_0",
    ]

    /// A copy without the digest, which must look like one.
    private static func checked(_ model: JSONValue?) -> JSONValue? {
        guard case .object(var members)? = model else { return model }
        let digest = members["digest"]?.stringValue ?? ""
        #expect(digest.utf8.count == 64 && digest.allSatisfy(\.isHexDigit))
        members["digest"] = nil
        return .object(members)
    }

    @Test func listsModels() async throws {
        try await withService(.answering([])) { service in
            let models = try #require(try await service.get("/api/tags").json["models"]?.arrayValue)
            #expect(
                models.map(Self.checked).first == [
                    "name": "deepseek-v2-lite", "model": "deepseek-v2-lite", "modified_at": "2023-11-14T22:13:20Z",
                    "size": 9_000_000_000, "details": Self.details,
                ])
            #expect(models.count == 2 && models[0]["digest"] != models[1]["digest"])
            #expect(models[1]["details"]?["format"] == "safetensors")
        }
    }

    @Test func showsWhatRuns() async throws {
        for lifetime in [nil, Duration.seconds(600)] {
            try await withService(ScriptedGenerator([], lifetime: lifetime)) { service in
                let models = try #require(try await service.get("/api/ps").json["models"]?.arrayValue)
                #expect(models.count == 1)
                guard case .object(var model)? = Self.checked(models.first) else { return }
                let expiry = try #require(model["expires_at"]?.stringValue)
                // As long as Ollama's clock can count, or soon.
                #expect(expiry.hasSuffix("Z") && (expiry.hasPrefix("23") == (lifetime == nil)), "\(expiry)")
                model["expires_at"] = nil
                #expect(
                    model == [
                        "name": "deepseek-v2-lite", "model": "deepseek-v2-lite", "size": 9_000_000_000,
                        "details": Self.details, "size_vram": 0, "context_length": 4096,
                    ])
            }
        }
    }

    @Test func describesAModel() async throws {
        try await withService(.answering([])) { service in
            let description = try await service.post("/api/show", #"{"model":"deepseek-v2-lite:latest"}"#)
            #expect(
                try description.json == [
                    "modelfile": "", "parameters": "", "template": "", "license": "mit", "details": Self.details,
                    "model_info": [
                        "general.architecture": "deepseek2", "general.basename": "deepseek-v2-lite",
                        "general.file_size": 9_000_000_000, "general.parameter_count": 15_706_484_224,
                        "deepseek2.context_length": 4096,
                    ],
                    "capabilities": ["completion", "tools"], "modified_at": "2023-11-14T22:13:20Z",
                ])
            // How it was called before, and what litellm sends.
            #expect(try await service.post("/api/show", #"{"name":"deepseek-v2-lite"}"#).json == description.json)
            let missing = try await service.post("/api/show", #"{"model":"nothing"}"#)
            #expect(missing.status == .notFound)
            #expect(
                try missing.json == ["error": "model 'nothing' not found; installed: deepseek-v2-lite, team/big"])
        }
    }

    @Test func pullsWhatIsThere() async throws {
        try await withService(.answering([])) { service in
            #expect(try await service.post("/api/pull", #"{"model":"team/big"}"#).lines == [["status": "success"]])
            let whole = try await service.post("/api/pull", #"{"name":"team/big:latest","stream":false}"#)
            #expect(try whole.json == ["status": "success"])
            let missing = try await service.post("/api/pull", #"{"model":"nothing"}"#)
            #expect(missing.status == .notFound)
            #expect(try missing.json["error"]?.stringValue?.contains("does not download") == true)
        }
    }

    @Test func greets() async throws {
        try await withService(.answering([])) { service in
            #expect(try await service.get("/").text == "Ollama is running")
            #expect(try await service.get("/api/version").json == ["version": .string(ProductVersion.current)])
            for path in ["/", "/api/version"] {
                let raw = try RawConnection(path: service.path)
                try await raw.send("HEAD \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                let head = try await raw.receiveAll()
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
            }
        }
    }
}
