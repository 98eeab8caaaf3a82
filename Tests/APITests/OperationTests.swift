import Glibc
import Inference
import JSON
import Server
import Testing
import Timing

@testable import API

@Suite struct OperationTests {
    @Test func listsModels() async throws {
        try await withService(.answering([])) { service in
            let list = try await service.get("/v1/models").json
            #expect(list["object"] == "list")
            #expect(list["data"]?.arrayValue?.count == 2)
            let first = list["data"]?[0]
            #expect(first?["id"] == "deepseek-v2-lite" && first?["object"] == "model")
            #expect(first?["created"] == 1_700_000_000 && first?["owned_by"] == "minke")
            #expect(try await service.get("/v1/models/deepseek-v2-lite").json == first)
            #expect(try await service.get("/v1/models/team%2Fbig").json["id"] == "team/big")
            #expect(try await service.get("/v1/models/team/big").json["id"] == "team/big")
            let missing = try await service.get("/v1/models/nothing")
            #expect(missing.status == .notFound)
            #expect(try missing.json["error"]?["code"] == "model_not_found")
        }
    }

    @Test func reportsHealthAndStatus() async throws {
        try await withService(.answering(["x"])) { service in
            #expect(try await service.get("/health").json == ["status": "ok"])
            _ = try await service.chat("")
            #expect(try await eventually { service.activity.idleTime != nil })
            let status = try await service.get("/v1/status").json
            #expect(status["state"] == "idle")
            #expect(status["pid"]?.intValue == Int(getpid()))
            #expect(status["model"] == "deepseek-v2-lite")
            #expect(status["queue_depth"] == 0 && status["requests_served"] == 1)
            #expect(status["version"]?.stringValue == ProductVersion.current)
            #expect(status["uptime_seconds"]?.intValue != nil)
        }
    }

    @Test func tellsHealthApart() async throws {
        let generator = ScriptedGenerator([.event(.admitted(promptTokenCount: 1)), .event(.text("a")), .hang])
        try await withService(generator, stall: .milliseconds(50)) { service in
            #expect(try await service.get("/livez").json == ["status": "live"])
            #expect(try await service.get("/readyz").json == ["status": "ready"])
            let raw = try RawConnection(path: service.path)
            try await raw.send(TestService.raw(#","stream":true"#))
            _ = try await raw.receive { $0.contains("\"a\"") }
            _ = try await service.get("/readyz")
            try await Task.sleep(for: .milliseconds(100))
            let stalled = try await service.get("/readyz")
            #expect(stalled.status == .unavailable)
            #expect(try stalled.json == ["status": "stalled"])
            #expect(try await service.get("/v1/status").json["state"] == "stalled")
            #expect(try await service.get("/livez").status == .ok)
            #expect(try await service.get("/health").status == .ok)
            #expect(try await service.get("/metrics").text.contains("\nminke_stalled 1\n"))
            raw.leave()
            #expect(try await eventually { generator.abandoned.count == 1 })
            #expect(try await service.get("/readyz").json == ["status": "ready"])
        }
    }

    @Test func showsQueueAndMemory() async throws {
        let generator = ScriptedGenerator(
            [.event(.admitted(promptTokenCount: 1)), .event(.text("a")), .hang], lifetime: .seconds(60))
        try await withService(generator) { service in
            let raw = try RawConnection(path: service.path)
            try await raw.send(TestService.raw(#","stream":true"#))
            _ = try await raw.receive { $0.contains("\"a\"") }
            let status = try await service.get("/v1/status").json
            #expect(status["state"] == "busy" && status["queue_depth"] == 1)
            #expect(
                status["queue"] == [
                    ["id": 40, "uid": 1000, "position": 0, "age_ms": 100_000, "eta_ms": 2500]
                ])
            #expect(status["memory"] == ["limit_bytes": 3_221_225_472, "used_bytes": 1_073_741_824])
            #expect(status["expires"]?.stringValue?.hasSuffix("Z") == true)
        }
    }

    @Test func monitorsDoNotKeepTheDaemonBusy() async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            _ = try await service.chat("")
            // The answer is here a moment before its task has ended.
            #expect(try await eventually { service.activity.idleTime != nil })
            let idle = try #require(service.activity.idleTime)
            for path in [
                "/health", "/livez", "/readyz", "/metrics", "/v1/status", "/v1/models", "/api/ps", "/api/tags",
            ] {
                #expect(try await service.get(path).status == .ok, "\(path)")
            }
            #expect(service.activity.servedCount == 1)
            #expect(try #require(service.activity.idleTime) > idle)
        }
    }

    @Test func errorsOfTheServerHaveTheSameShape() async throws {
        var limits = ServerLimits()
        limits.bodyByteCount = 1000
        try await withService(.answering([]), limits: limits) { service in
            let missing = try await service.get("/v1/nothing")
            #expect(missing.status == .notFound)
            #expect(try missing.json["error"]?["type"] == "not_found_error")
            let method = try await service.get("/v1/chat/completions")
            #expect(method.status == .methodNotAllowed)
            #expect(method.headers["allow"] == "POST, OPTIONS")
            #expect(try method.json["error"]?["code"] == "method_not_allowed")
            let large = try await service.post("/v1/chat/completions", String(repeating: " ", count: 1001))
            #expect(large.status == .contentTooLarge)
            #expect(try large.json["error"]?["code"] == "request_too_large")
        }
    }

    @Test func stopsForItsOwner() async throws {
        try await withService(.answering(["x"])) { service in
            #expect(try await service.get("/v1/stop").status == .methodNotAllowed)
            #expect(try await service.post("/v1/stop", "").json == ["status": "stopping"])
            #expect(try await eventually { service.stops.count == 1 })
            // Until it is gone, it says so.
            #expect(try await service.get("/health").status == .unavailable)
            #expect(try await service.get("/v1/status").json["state"] == "stopping")
            let refused = try await service.chat("")
            #expect(refused.status == .unavailable && refused.headers["retry-after"] != nil)
        }
    }

    @Test func methodsOfPaths() async throws {
        try await withService(.answering([])) { service in
            for path in Route.paths.keys.sorted() + ["/v1/models/some"] {
                let route = try #require(Route(path))
                for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"] {
                    let isServed = route.methods.contains(method == "HEAD" ? "GET" : method)
                    guard !isServed else { continue }
                    let raw = try RawConnection(path: service.path)
                    try await raw.send(
                        "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                    let text = try await raw.receiveAll()
                    #expect(text.hasPrefix("HTTP/1.1 405 "), "\(method) \(path)")
                    #expect(text.contains("\r\nAllow: \(route.methods[0])"), "\(method) \(path)")
                }
                let options = try await service.send("OPTIONS", path)
                #expect(options.status == .noContent && options.headers["allow"]?.hasSuffix("OPTIONS") == true)
                #expect(options.headers["access-control-allow-origin"] == nil)
            }
        }
    }

    @Test func hasNoEmbeddings() async throws {
        try await withService(.answering([])) { service in
            let response = try await service.post("/v1/embeddings", #"{"model":"m","input":"x"}"#)
            #expect(response.status == .badRequest)
            #expect(try response.json["error"]?["code"] == "model_does_not_support_embeddings")
        }
    }

    /// Root may do everything, so these need another user.
    @Test(.enabled(if: geteuid() != 0))
    func refusesStrangers() async throws {
        try await withService(.answering(["x"]), owner: geteuid() + 1) { service in
            #expect(try await service.post("/v1/stop", "").status == .forbidden)
            let response = try await service.chat(#","model":"/models/lite.gguf""#)
            #expect(response.status == .forbidden)
            #expect(try response.json["error"]?["type"] == "permission_error")
            for path in ["/api/chat", "/api/generate"] {
                let response = try await service.post(path, #"{"model":"/models/lite.gguf","prompt":"x"}"#)
                #expect(response.status == .forbidden)
            }
        }
    }

    @Test func takesPathsFromItsOwner() async throws {
        let generator = ScriptedGenerator.answering(["x"])
        try await withService(generator) { service in
            let response = try await service.chat(#","model":"/models/lite.gguf""#)
            #expect(response.status == .ok)
            #expect(generator.requests.first?.model == "/models/lite.gguf")
        }
    }
}
