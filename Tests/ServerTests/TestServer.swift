import Glibc
import Logging
import Server
import Synchronization

/// A handler made of a closure; everything lives under `/`, errors are plain text.
struct ClosureHandler: RequestHandler {
    let body: @Sendable (HTTPRequest, ResponseWriter) async throws -> Void

    func methods(for path: String) -> [String] {
        switch path {
        case "/missing": []
        case "/get": ["GET"]
        default: ["GET", "POST"]
        }
    }

    func respond(to request: HTTPRequest, with writer: ResponseWriter) async throws {
        try await body(request, writer)
    }

    func errorResponse(_ status: HTTPStatus, message: String, path: String) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "text/plain"], body: Array("error: \(message)".utf8))
    }
}

/// What a handler saw.
final class Observations: Sendable {
    private struct State {
        var cancelled: [ContinuousClock.Instant] = []
        var writes = 0
        var started = 0
    }
    private let state = Mutex(State())

    func noteStart() { state.withLock { $0.started += 1 } }
    func noteWrite() { state.withLock { $0.writes += 1 } }
    func noteCancel() { state.withLock { $0.cancelled.append(.now) } }
    var started: Int { state.withLock { $0.started } }
    var writes: Int { state.withLock { $0.writes } }
    var cancelled: [ContinuousClock.Instant] { state.withLock { $0.cancelled } }
}

func temporarySocketPath() -> String { "/tmp/minke-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock" }

func echo(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
    try await writer.send(HTTPResponse(.ok, body: Array("\(request.method) \(request.path) ".utf8) + request.body))
}

/// Runs a server on a socket of its own.
func withServer(
    limits: ServerLimits = ServerLimits(),
    _ body: @escaping @Sendable (HTTPRequest, ResponseWriter) async throws -> Void = echo,
    _ test: (String) async throws -> Void
) async throws {
    let path = temporarySocketPath()
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .trace
    let server = try await HTTPServer.start(
        on: ListeningSocket(path: path), handler: ClosureHandler(body: body), limits: limits, logger: logger)
    do {
        try await test(path)
    } catch {
        await server.stop(deadline: .zero)
        unlink(path + ".lock")
        throw error
    }
    await server.stop(deadline: .zero)
    unlink(path + ".lock")
}
