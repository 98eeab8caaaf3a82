import API
import Glibc
import Inference
import JSON
import Server
import Synchronization
import Testing

/// Requests for models that another server has.
@Suite struct UpstreamTests {
    /// A service whose upstream is another one.
    private static func withChain(
        _ upstream: ScriptedGenerator, _ test: (_ here: TestService, _ there: TestService) async throws -> Void
    ) async throws -> [String] {
        let local = ScriptedGenerator.answering(["local words"])
        try await withService(upstream) { there in
            // The scripted generator takes any name.
            let server = try Upstream(
                url: "unix:\(there.path)", models: ["far/model", "deepseek-v2-lite"], token: "t0ken")
            try await withService(local, upstream: server) { here in try await test(here, there) }
        }
        return local.requests.map { $0.model ?? "" }
    }

    @Test(arguments: [false, true]) func answersComeFromThere(streams: Bool) async throws {
        let asked = try await Self.withChain(.answering(["from ", "there"])) { here, _ in
            let answer = try await here.chat(#","model":"far/model","stream":\#(streams)"#)
            #expect(answer.status == .ok)
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(streams ? text.hasSuffix("data: [DONE]\n\n") : text.contains("from there"))
            #expect(text.contains("far/model") && !text.contains("local words"))
        }
        #expect(asked.isEmpty)
    }

    /// What is held here is answered here, and what nobody has by nobody.
    @Test func onlyModelsThatAreThereAreForwarded() async throws {
        let far = ScriptedGenerator.answering(["there"])
        let asked = try await Self.withChain(far) { here, _ in
            let held = try await here.chat(#","model":"deepseek-v2-lite""#)
            #expect(String(decoding: held.body, as: UTF8.self).contains("local words"))
            _ = try await here.chat("")
            _ = try await here.chat(#","model":"nobody""#)
        }
        #expect(asked.contains("deepseek-v2-lite") && far.requests.isEmpty)
    }

    @Test func modelsAreListed() async throws {
        _ = try await Self.withChain(.answering([])) { here, _ in
            let models = try await here.get("/v1/models").json["data"]?.arrayValue ?? []
            #expect(models.compactMap { $0["id"]?.stringValue } == ["deepseek-v2-lite", "team/big", "far/model"])
            #expect(models.last?["owned_by"] == "upstream")
            #expect(try await here.get("/v1/models/far%2Fmodel").json == models.last)
            #expect(try await here.get("/v1/status").json["upstream"]?["models"] == ["far/model", "deepseek-v2-lite"])
        }
    }

    @Test func errorsOfTheServerArePassedOn() async throws {
        _ = try await Self.withChain(.answering(["x"])) { here, _ in
            let answer = try await here.chat(#","model":"far/model","n":3"#)
            #expect(answer.status == .badRequest)
            #expect(try answer.json["error"]?["param"] == "n")
        }
    }

    @Test func aMissingServerIsAnError() async throws {
        let gone = try Upstream(url: "unix:/nowhere/minke.sock", models: ["far"])
        try await withService(.answering(["local words"]), upstream: gone) { service in
            let answer = try await service.chat(#","model":"far""#)
            #expect(answer.status.code == 502)
            #expect(try answer.json["error"]?["code"] == "upstream_failed")
        }
        let closed = try Upstream(url: "http://127.0.0.1:1", models: ["far"])
        try await withService(.answering(["local words"]), upstream: closed) { service in
            let answer = try await service.chat(#","model":"far""#)
            #expect(answer.status == .badGateway)
        }
    }

    /// Who leaves ends the work at the other end too.
    @Test func leavingEndsTheWorkThere() async throws {
        let far = ScriptedGenerator([
            .event(GenerationEvent.admitted(promptTokenCount: 1)), .event(GenerationEvent.text("a")), .hang,
        ])
        _ = try await Self.withChain(far) { here, _ in
            let raw = try RawConnection(path: here.path)
            try await raw.send(TestService.raw(#","model":"far/model","stream":true"#))
            _ = try await raw.receive(until: { $0.contains("\"a\"") })
            raw.leave()
            let deadline = ContinuousClock.now + .seconds(5)
            while far.abandoned.isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
            #expect(!far.abandoned.isEmpty)
        }
    }

    @Test(arguments: [
        ("http://host", "host:80", ""), ("http://10.0.0.2:8080/v1/", "10.0.0.2:8080", ""),
        ("http://[::1]:99/proxy/v1", "[::1]:99", "/proxy"), ("unix:/run/x.sock", "/run/x.sock", ""),
    ])
    func addressesAreRead(url: String, address: String, path: String) throws {
        let upstream = try Upstream(url: url, models: ["x"])
        #expect("\(upstream.address)" == address && upstream.basePath == path)
    }

    @Test(arguments: [
        "", "https://api.example", "ftp://x", "http://", "http://:80", "http://x:0", "http://x:65536", "http://x:y",
        "http://u@x", "http://[::1", "http://[::1]9", "http://x/a b", "unix:relative",
    ])
    func otherAddressesAreRefused(url: String) {
        #expect(throws: UpstreamError.self) { _ = try Upstream(url: url, models: ["x"]) }
        #expect(throws: UpstreamError.self) { _ = try Upstream(url: "http://x", models: []) }
        #expect(throws: UpstreamError.self) { _ = try Upstream(url: "http://x", models: ["x"], token: "a b") }
    }
}
