// One client connection: turns the parser's parts into requests, runs one handler task at a time, and keeps the
// timeouts. Everything here runs on the server's event loop.
//
// While an answer is in the works the socket is not read: requests that were pipelined wait, and a client cannot
// make us buffer more than one read. The end of the client is still seen at once, since the channel watches for it
// without reading; a client that only shut its sending side gets its answer, one that closed gets its task cancelled.

import CLinux
import Logging
import NIOCore
import NIOHTTP1

/// The channel handler that owns one connection.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum State {
        /// Between requests, or inside a header.
        case awaitingRequest
        /// The header is here, the body arrives.
        case receiving(IncomingRequest)
        /// A handler works on the answer; the socket is not read.
        case answering(Answer)
        /// The last answer was sent; what the client still sends is thrown away.
        case lingering
        /// Gone.
        case closed

        /// Whether the client has not sent a whole request yet.
        var isIncomplete: Bool {
            switch self {
            case .awaitingRequest, .receiving: true
            case .answering, .lingering, .closed: false
            }
        }
    }

    let registry: ConnectionRegistry
    var state = State.awaitingRequest {
        didSet {
            guard state.isIncomplete != oldValue.isIncomplete else { return }
            registry.update(self, isIncomplete: state.isIncomplete)
        }
    }
    var context: ChannelHandlerContext?
    var timer: Scheduled<Void>?
    var sendTimer: Scheduled<Void>?
    var pendingSendCount = 0
    var inputClosed = false
    /// Parts of pipelined requests.
    var waitingParts = CircularBuffer<HTTPServerRequestPart>()
    private(set) var peer: PeerCredentials?
    /// Whether a whole request was answered on it.
    private(set) var hasServed = false
    private var readIsWaiting = false
    private var sawPart = false
    private var headerTimerRuns = false

    init(registry: ConnectionRegistry) { self.registry = registry }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        readPeer(context)
        let admitted = registry.add(self)
        context.fireChannelActive()
        guard admitted else {
            refuse(.unavailable, "too many connections; try again later")
            return
        }
        armHeaderTimer()
    }

    func channelInactive(context: ChannelHandlerContext) {
        let last = state
        state = .closed
        timer?.cancel()
        sendTimer?.cancel()
        waitingParts.removeAll()
        if case .receiving(let incoming) = last { registry.release(incoming) }
        if case .answering(let answer) = last {
            registry.release(answer.incoming)
            answer.task?.cancel()
            if answer.phase != .finished { log(answer, outcome: "client gone") }
        }
        registry.remove(self)
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if case .answering = state {
            readIsWaiting = true
        } else {
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sawPart = true
        let part = unwrapInboundIn(data)
        switch state {
        case .answering: waitingParts.append(part)
        case .awaitingRequest, .receiving: process(part)
        case .lingering, .closed: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes that completed no part are the start of a header.
        if case .awaitingRequest = state, !sawPart, !headerTimerRuns { armHeaderTimer() }
        sawPart = false
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        inputClosed = true
        switch state {
        case .answering where peer != nil:
            // A Unix socket tells a closed peer (reset, see channelInactive) from one that has merely said
            // everything. TCP does not: there the end of the input is taken for the end of the client.
            break
        case .awaitingRequest, .receiving, .answering, .lingering:
            cut()
        case .closed:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else {
            if error is ByteToMessageDecoderError { return }
            cut()
            return
        }
        switch state {
        case .awaitingRequest, .receiving:
            if error as? HTTPParserError == .headerOverflow {
                let limit = registry.limits.headerByteCount
                refuse(.headersTooLarge, "the request's header is larger than \(limit) bytes, or one of its fields is")
            } else {
                refuse(.badRequest, "this is not an HTTP/1.1 request")
            }
        case .answering(let answer):
            answer.closes = true
        case .lingering, .closed:
            break
        }
    }

    // MARK: - Requests

    func process(_ part: HTTPServerRequestPart) {
        switch (part, state) {
        case (.head(let head), .awaitingRequest):
            receive(head)
        case (.body(let bytes), .receiving(let incoming)):
            guard incoming.body.readableBytes + bytes.readableBytes <= registry.limits.bodyByteCount else {
                refuse(.contentTooLarge, "the request's body is larger than \(registry.limits.bodyByteCount) bytes")
                return
            }
            guard incoming.verdict == nil else { return }
            guard registry.hold(bytes.readableBytes, for: incoming) else {
                refuse(.unavailable, "too many large requests at one time; try again later")
                return
            }
            incoming.body.writeImmutableBuffer(bytes)
        case (.end, .receiving(let incoming)):
            answer(incoming)
        default:
            break
        }
    }

    private func receive(_ head: HTTPRequestHead) {
        timer?.cancel()
        headerTimerRuns = false
        var headers = HTTPFields()
        for (name, value) in head.headers { headers.append(name, value) }
        if let objection = RequestHeadCheck.objection(to: headers, isVersion10: head.version == .http1_0) {
            return refuse(.badRequest, objection)
        }
        guard let target = RequestTarget(head.uri) else {
            return refuse(.badRequest, "the request's path is malformed")
        }
        if let length = headers["content-length"].flatMap({ Int($0) }), length > registry.limits.bodyByteCount {
            return refuse(
                .contentTooLarge, "the request's body is larger than \(registry.limits.bodyByteCount) bytes",
                path: target.path)
        }
        let incoming = IncomingRequest(head: head, target: target, headers: headers, peer: peer)
        incoming.verdict = RequestHeadCheck.verdict(on: incoming.request, method: incoming.method, registry.handler)
        state = .receiving(incoming)
        if headers["expect"]?.lowercased() == "100-continue" {
            if let verdict = incoming.verdict { return refuse(verdict) }
            let interim = HTTPResponseHead(version: .http1_1, status: .continue)
            context?.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
        }
        arm(registry.limits.bodyTimeout) { $0.refuse(.requestTimeout, "the request's body did not arrive in time") }
    }

    private func answer(_ incoming: IncomingRequest) {
        guard let context else { return }
        timer?.cancel()
        let answer = Answer(incoming)
        state = .answering(answer)
        if let verdict = incoming.verdict {
            _ = send(verdict, for: answer)
            return
        }
        var request = incoming.request
        request.body = Array(incoming.body.readableBytesView)
        incoming.body = ByteBuffer()
        let writer = ResponseWriter(connection: self, answer: answer, eventLoop: context.eventLoop)
        answer.task = Task { [handler = registry.handler, request] in
            do {
                try await handler.respond(to: request, with: writer)
                writer.handlerReturned(failed: false)
            } catch {
                writer.handlerReturned(failed: true)
            }
        }
    }

    /// Makes the connection ready for the next request, which may have arrived already.
    func awaitNextRequest() {
        guard let context else { return }
        hasServed = true
        state = .awaitingRequest
        headerTimerRuns = false
        while let part = waitingParts.popFirst() {
            process(part)
            if case .answering = state { return }
        }
        resumeReading(context)
        if case .awaitingRequest = state {
            if inputClosed || registry.isDraining { return cut() }
            arm(registry.limits.idleTimeout) { $0.cut() }
        }
    }

    func resumeReading(_ context: ChannelHandlerContext) {
        guard readIsWaiting else { return }
        readIsWaiting = false
        context.read()
    }

    private func readPeer(_ context: ChannelHandlerContext) {
        guard let provider = context.channel as? any SocketOptionProvider else { return }
        let option = NIOBSDSocket.Option(rawValue: cl_option_peer_credentials())
        let future: EventLoopFuture<cl_credentials> = provider.unsafeGetSocketOption(level: .socket, name: option)
        future.assumeIsolated().whenSuccess { credentials in
            // Anything but a Unix socket has no user.
            guard credentials.uid != .max else { return }
            self.peer = PeerCredentials(
                processID: credentials.pid, userID: credentials.uid, groupID: credentials.gid)
        }
    }

    private func armHeaderTimer() {
        headerTimerRuns = true
        arm(registry.limits.headerTimeout) { $0.refuse(.requestTimeout, "the request did not arrive in time") }
    }
}
