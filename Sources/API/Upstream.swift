import Inference
import JSON
import Server

/// Another server in OpenAI's dialect, which answers for models that are not held here.
///
/// Only requests that name one of its models go there, as they are; nothing goes there because it failed here.
public struct Upstream: Sendable {
    /// Where it listens.
    public let address: ServerAddress
    /// What comes before `/v1` in its paths.
    public let basePath: String
    /// The models that it answers for.
    public let models: [String]
    private let token: String?

    /// A server by its URL: `http://host[:port][/path]`, or `unix:/path/of/socket`.
    ///
    /// - Parameter token: sent as `Authorization: Bearer`
    /// - Throws: a sentence for the user.
    public init(url: String, models: [String], token: String? = nil) throws(UpstreamError) {
        (address, basePath) = try Self.parse(url)
        guard !models.isEmpty else { throw UpstreamError("upstream models are missing; name those to be forwarded") }
        guard token?.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) ?? true else {
            throw UpstreamError("the upstream token holds characters that cannot be sent")
        }
        self.models = models
        self.token = token
    }

    private static func parse(_ url: String) throws(UpstreamError) -> (ServerAddress, String) {
        if url.hasPrefix("unix:/") { return (.unix(path: String(url.dropFirst("unix:".count))), "") }
        guard url.hasPrefix("http://") else {
            let hint = url.hasPrefix("https://") ? "; for TLS put stunnel or another proxy in between" : ""
            throw UpstreamError("'\(url)' is no http:// or unix: address\(hint)")
        }
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        var path = rest.dropFirst(authority.count)
        while path.hasSuffix("/") { path = path.dropLast() }
        // As OpenAI's clients name it.
        if path.hasSuffix("/v1") { path = path.dropLast("/v1".count) }
        guard let (host, port) = hostAndPort(authority), path.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw UpstreamError("'\(url)' names no host, or no port from 1 to 65535")
        }
        return (.tcp(host: host, port: port), String(path))
    }

    private static func hostAndPort(_ authority: Substring) -> (String, Int)? {
        var (host, port) = (authority, Substring("80"))
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty { port = rest.dropFirst() }
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        let isName = host.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "@") }
        guard !host.isEmpty, isName, let number = Int(port), (1...65535).contains(number) else { return nil }
        return (String(host), number)
    }

    /// An entry of `/v1/models`.
    func entry(_ name: String) -> JSONValue {
        ["id": .string(name), "object": "model", "created": 0, "owned_by": "upstream"]
    }

    /// What `/v1/status` says of it.
    var status: JSONValue {
        ["address": .string("\(address)"), "models": .array(models.map { .string($0) })]
    }

    /// Sends `request` on and its answer back, piece by piece; ends both when the client leaves.
    func forward(_ request: HTTPRequest, _ writer: ResponseWriter) async throws -> AnswerOutcome {
        writer.annotate("upstream=\(address)")
        var headers: HTTPFields = ["Content-Type": "application/json"]
        if let token { headers.append("Authorization", "Bearer \(token)") }
        let post = ClientRequest("POST", basePath + request.path, headers: headers, body: request.body)
        do {
            return try await HTTPClient(address).withResponse(to: post) { try await Self.relay(&$0, writer) }
        } catch let error as ClientError {
            throw APIError(
                .badGateway, type: "upstream_error", code: "upstream_failed", "the upstream server failed: \(error)")
        }
    }

    private static func relay(_ response: inout ClientResponse, _ writer: ResponseWriter) async throws -> AnswerOutcome
    {
        var headers: HTTPFields = ["Content-Type": response.headers["content-type"] ?? "application/json"]
        if let seconds = response.headers["retry-after"] { headers.append("Retry-After", seconds) }
        let outcome = response.status.isSuccess ? AnswerOutcome.completed : .failed
        guard headers["content-type"]?.hasPrefix("text/event-stream") == true else {
            let body = try await response.body.collect()
            try await writer.send(HTTPResponse(response.status, headers: headers, body: body))
            return outcome
        }
        try await writer.startStream(response.status, headers: headers)
        do {
            while let piece = try await response.body.next() { try await writer.write(piece) }
        } catch is ClientError {
            // The client sees that its stream is cut short: it has no last chunk.
            return .failed
        }
        try await writer.finish()
        return outcome
    }
}

/// Why a server cannot be an upstream: a sentence for the user.
public struct UpstreamError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
