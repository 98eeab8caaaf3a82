import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends requests to a daemon's Unix socket, or to another server, one connection each.
public struct HTTPClient: Sendable {
    /// Where the server listens.
    public let address: ServerAddress

    /// One thread for all clients of a process, until it ends.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// Makes a client; connects with the first request.
    public init(socketPath: String) { address = .unix(path: socketPath) }

    /// Makes a client of the server at `address`; connects with the first request.
    public init(_ address: ServerAddress) { self.address = address }

    /// How long another machine may take to accept a connection.
    private static let connectTimeout = TimeAmount.seconds(10)

    /// Sends a request and hands over the response while its body arrives.
    ///
    /// The connection is closed when `receive` returns or throws, and when the task is cancelled: for the daemon
    /// that is the order to stop working on the answer.
    /// - Throws: `ClientError`, or what `receive` throws.
    public func withResponse<Result: Sendable>(
        to request: ClientRequest, _ receive: (inout ClientResponse) async throws -> Result
    ) async throws -> Result {
        let connection = try await connect()
        return try await connection.executeThenClose { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            do {
                try await send(request, outbound)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // The daemon may have refused early: its answer is what counts.
            }
            var response = try await head(&parts)
            return try await receive(&response)
        }
    }

    /// Sends a request and returns the complete answer.
    public func response(to request: ClientRequest) async throws -> HTTPResponse {
        try await withResponse(to: request) { response in
            HTTPResponse(response.status, headers: response.headers, body: try await response.body.collect())
        }
    }

    private func connect() async throws -> Connection {
        switch address {
        case .unix(let path): try await connect(toSocket: path)
        case .tcp(let host, let port): try await connect(toHost: host, port)
        }
    }

    private func connect(toSocket path: String) async throws -> Connection {
        for attempt in 0... {
            do {
                return try await ClientBootstrap(group: Self.group)
                    .connect(unixDomainSocketPath: path, channelInitializer: Self.initialize)
            } catch let error as IOError where error.errnoCode == EAGAIN && attempt < 50 {
                // The daemon's backlog is full for the moment.
                try await Task.sleep(for: .milliseconds(100))
            } catch let error as IOError {
                throw ClientError.connecting(to: path, error.errnoCode)
            } catch is SocketAddressError {
                throw ClientError(.system, "the socket path \(path) is too long")
            }
        }
        throw ClientError(.system, "cannot connect to \(path)")
    }

    private func connect(toHost host: String, _ port: Int) async throws -> Connection {
        do {
            return try await ClientBootstrap(group: Self.group).connectTimeout(Self.connectTimeout)
                .connect(host: host, port: port, channelInitializer: Self.initialize)
        } catch let error as NIOConnectionError {
            let reasons = error.connectionErrors.map { "\($0.error)" }
            let reason = reasons.first ?? "the name is unknown"
            throw ClientError(.system, "cannot connect to \(address): \(reason)")
        } catch let error as ChannelError {
            throw ClientError(.system, "cannot connect to \(address): \(error)")
        }
    }

    private static func initialize(_ channel: any Channel) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            return try Connection(wrappingChannelSynchronously: channel)
        }
    }

    private func send(
        _ request: ClientRequest, _ outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws {
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.target)
        head.headers.add(name: "Host", value: address.hostField)
        if !request.body.isEmpty || request.method == "POST" {
            head.headers.add(name: "Content-Length", value: String(request.body.count))
        }
        for field in request.headers.fields { head.headers.add(name: field.name, value: field.value) }
        try await outbound.write(.head(head))
        if !request.body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: request.body)))) }
        try await outbound.write(.end(nil))
    }

    private func head(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    ) async throws -> ClientResponse {
        do {
            while let part = try await parts.next() {
                guard case .head(let head) = part else { continue }
                var headers = HTTPFields()
                for (name, value) in head.headers { headers.append(name, value) }
                return ClientResponse(
                    status: HTTPStatus(Int(head.status.code)), headers: headers, body: ResponseBody(parts: parts))
            }
        } catch let error as HTTPParserError {
            throw ClientError(.malformed, "\(address) does not speak HTTP: \(error)")
        } catch let error as IOError {
            throw ClientError(.closed, "the server closed the connection without an answer: \(error)")
        }
        try Task.checkCancellation()
        throw ClientError(.closed, "the server closed the connection without an answer")
    }
}
