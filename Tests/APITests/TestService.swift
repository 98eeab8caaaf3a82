import API
import Glibc
import JSON
import Logging
import Server
import Synchronization
import Testing

/// The real server and service on a socket of their own.
struct TestService {
    let path: String
    let stops: Mutex<Int>.Shared
    let activity: ActivityMonitor

    var client: HTTPClient { HTTPClient(socketPath: path) }

    /// Sends a request with a JSON body.
    func post(_ target: String, _ body: String) async throws -> HTTPResponse {
        try await client.response(
            to: ClientRequest("POST", target, headers: ["Content-Type": "application/json"], body: Array(body.utf8)))
    }

    /// Sends a request with any method.
    func send(_ method: String, _ target: String, _ body: String = "") async throws -> HTTPResponse {
        try await client.response(to: ClientRequest(method, target, body: Array(body.utf8)))
    }

    func chat(_ fields: String) async throws -> HTTPResponse {
        try await post("/v1/chat/completions", #"{"messages":[{"role":"user","content":"hi"}]\#(fields)}"#)
    }

    func get(_ target: String) async throws -> HTTPResponse {
        try await client.response(to: ClientRequest("GET", target))
    }

    /// The head and start of a raw chat request.
    static func raw(_ fields: String = "", messages: String = #"[{"role":"user","content":"hi"}]"#) -> String {
        let body = #"{"messages":\#(messages)\#(fields)}"#
        return
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

extension Mutex where Value == Int {
    /// A counter that can be kept in a struct.
    final class Shared: Sendable {
        private let value = Mutex(0)
        func increment() { value.withLock { $0 += 1 } }
        var count: Int { value.withLock { $0 } }
    }
}

func withService(
    _ generator: ScriptedGenerator, owner: UInt32 = geteuid(), keepalive: Duration = .seconds(5),
    stall: Duration = .seconds(600), limits: ServerLimits = ServerLimits(), upstream: Upstream? = nil,
    _ test: (TestService) async throws -> Void
) async throws {
    let path = "/tmp/minke-api-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
    let stops = Mutex<Int>.Shared()
    var configuration = ServiceConfiguration(ownerUserID: owner)
    configuration.keepaliveInterval = keepalive
    configuration.stallInterval = stall
    configuration.upstream = upstream
    let service = Service(generator: generator, configuration: configuration) { stops.increment() }
    let server = try await HTTPServer.start(
        on: ListeningSocket(path: path), handler: service, limits: limits,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let result = await Result { try await test(TestService(path: path, stops: stops, activity: service.activity)) }
    await server.stop(deadline: .zero)
    unlink(path + ".lock")
    try result.get()
}

extension Result where Failure == any Error, Success == Void {
    init(_ body: () async throws -> Void) async {
        do {
            try await body()
            self = .success(())
        } catch {
            self = .failure(error)
        }
    }
}

extension HTTPResponse {
    /// The body as JSON.
    var json: JSONValue { get throws { try JSONValue.parse(body) } }
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The data of all events but `[DONE]`, which must be last.
    var events: [JSONValue] {
        get throws {
            var frames = text.split(separator: "\n\n").filter { $0.hasPrefix("data: ") }.map { $0.dropFirst(6) }
            #expect(frames.last == "[DONE]")
            frames.removeAll { $0 == "[DONE]" }
            return try frames.map { try JSONValue.parse(String($0)) }
        }
    }
}

extension HTTPResponse {
    /// The lines of an answer in Ollama's dialect, without what depends on the time.
    var lines: [JSONValue] {
        get throws {
            #expect(headers["content-type"] == "application/x-ndjson")
            #expect(text.hasSuffix("\n"))
            return try text.split(separator: "\n").map { try JSONValue.parse(String($0)).timeless }
        }
    }
}

extension JSONValue {
    /// The value without its time stamp and total, which must be there as they should.
    var timeless: JSONValue {
        guard case .object(var members) = self else { return self }
        if let created = members["created_at"]?.stringValue {
            #expect(created.hasSuffix("Z") && created.utf8.count == 27, "\(created)")
        }
        members["created_at"] = nil
        if let total = members["total_duration"] { #expect(total.intValue.map { $0 > 0 } == true) }
        members["total_duration"] = nil
        return .object(members)
    }
}
