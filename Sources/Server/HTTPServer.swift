import Glibc
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP/1.1 server on one listening socket and one event loop thread.
public final class HTTPServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let registry: NIOLoopBound<ConnectionRegistry>
    private let socket: ListeningSocket

    private init(
        group: MultiThreadedEventLoopGroup, channel: any Channel, registry: NIOLoopBound<ConnectionRegistry>,
        socket: ListeningSocket
    ) {
        self.group = group
        self.channel = channel
        self.registry = registry
        self.socket = socket
    }

    /// The path clients connect to, or the name of the inherited socket.
    public var path: String { socket.path }

    /// Starts to accept connections. The server owns the socket from here on.
    public static func start(
        on socket: ListeningSocket, handler: any RequestHandler, limits: ServerLimits = ServerLimits(), logger: Logger
    ) async throws(ServerError) -> HTTPServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        do {
            let registry = try await eventLoop.submit {
                let registry = ConnectionRegistry(
                    limits: limits, handler: handler, logger: logger, eventLoop: eventLoop)
                return NIOLoopBound(registry, eventLoop: eventLoop)
            }.get()
            let channel = try await ServerBootstrap(group: group)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: logger))
                    }
                }
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try configure(channel, registry.value) }
                }
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.maxMessagesPerRead, value: 4)
                .withBoundSocket(socket.descriptor)
                .get()
            // NIO has called listen() with a backlog of 128, whatever it is told.
            _ = listen(socket.descriptor, Int32(clamping: limits.backlog))
            return HTTPServer(group: group, channel: channel, registry: registry, socket: socket)
        } catch {
            socket.remove()
            try? await group.shutdownGracefully()
            throw ServerError(.system, path: socket.path, "cannot serve \(socket.path): \(error)")
        }
    }

    /// Has the event loop call `answer`: a sign of life.
    public func call(_ answer: @escaping @Sendable () -> Void) { channel.eventLoop.execute(answer) }

    /// Stops accepting, lets running answers finish for at most `deadline`, then cuts what is left.
    public func stop(deadline: Duration) async {
        socket.remove()
        try? await channel.close()
        let eventLoop = channel.eventLoop
        let empty = eventLoop.makePromise(of: Void.self)
        let registry = registry
        eventLoop.execute {
            let limit = eventLoop.scheduleTask(in: TimeAmount(deadline)) { registry.value.closeAll() }
            registry.value.drain {
                limit.cancel()
                empty.succeed()
            }
        }
        try? await empty.futureResult.get()
        try? await group.shutdownGracefully()
    }

    private static func configure(_ channel: any Channel, _ registry: ConnectionRegistry) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = registry.limits.fieldByteCount
        limits.maxHeaderListSize = registry.limits.headerByteCount
        limits.maxHeaderFieldCount = registry.limits.fieldCount
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ProtocolCheck())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
        try pipeline.addHandler(HTTPConnection(registry: registry))
    }
}
