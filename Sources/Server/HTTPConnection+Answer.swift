// The sending half of a connection: answers, their end, and the timers. Runs on the event loop; the futures are
// what `ResponseWriter` waits for.

import Logging
import NIOCore
import NIOHTTP1

extension HTTPConnection {
    /// Bytes handed to the channel at a time: each must leave within the send timeout.
    private static let pieceByteCount = 32 * 1024

    /// Sends a whole answer.
    func send(_ response: HTTPResponse, for answer: Answer) -> EventLoopFuture<Void> {
        guard let context = current(answer, in: .waiting) else { return closedFuture() }
        var head = head(of: response.status, headers: response.headers, for: answer)
        if response.status.code != 204 {
            head.headers.add(name: "Content-Length", value: String(response.body.count))
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if answer.incoming.wantsBody { writePieces(response.body, answer, context) }
        return end(answer, context)
    }

    /// Sends the header of a stream.
    func startStream(_ status: HTTPStatus, headers: HTTPFields, for answer: Answer) -> EventLoopFuture<Void> {
        guard let context = current(answer, in: .waiting) else { return closedFuture() }
        // HTTP/1.0 has no chunks: the end of the connection is the end of the body.
        if answer.incoming.isVersion10 { answer.closes = true }
        let head = head(of: status, headers: headers, for: answer)
        answer.phase = .streaming
        let sent = tracked(.head(head), context)
        context.flush()
        return sent
    }

    /// Sends a piece of a stream.
    func write(_ bytes: [UInt8], for answer: Answer) -> EventLoopFuture<Void> {
        guard let context = current(answer, in: .streaming) else { return closedFuture() }
        guard !bytes.isEmpty, answer.incoming.wantsBody else { return context.eventLoop.makeSucceededVoidFuture() }
        let sent = writePieces(bytes, answer, context)
        context.flush()
        return sent
    }

    /// Ends a stream after a last piece.
    func finish(_ bytes: [UInt8], for answer: Answer) -> EventLoopFuture<Void> {
        guard let context = current(answer, in: .streaming) else { return closedFuture() }
        if answer.incoming.wantsBody { writePieces(bytes, answer, context) }
        return end(answer, context)
    }

    /// Sees to it that a request is answered by whoever returned from handling it.
    func handlerReturned(_ answer: Answer, failed: Bool) {
        guard case .answering(let current) = state, current === answer else { return }
        switch answer.phase {
        case .waiting:
            answer.closes = true
            let path = answer.incoming.request.path
            _ = send(
                registry.handler.errorResponse(.internalError, message: "the server failed", path: path), for: answer)
        case .streaming:
            // Without its last chunk the client knows that the stream is cut short.
            log(answer, outcome: failed ? "failed" : "not finished")
            answer.phase = .finished
            cut()
        case .finished:
            break
        }
    }

    /// Answers a request that is not going to be handled, and ends the connection.
    func refuse(_ status: HTTPStatus, _ message: String, path: String = "") {
        var path = path
        if case .receiving(let incoming) = state { path = incoming.request.path }
        refuse(registry.handler.errorResponse(status, message: message, path: path))
    }

    /// Answers a request that is not going to be handled, and ends the connection.
    func refuse(_ response: HTTPResponse) {
        guard let context else { return }
        switch state {
        case .awaitingRequest, .receiving: break
        case .answering, .lingering, .closed: return
        }
        var path = "-"
        if case .receiving(let incoming) = state {
            path = "\(incoming.method) \(incoming.request.path)"
            registry.release(incoming)
        }
        state = .lingering
        timer?.cancel()
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status.code))
        for field in response.headers.fields { head.headers.add(name: field.name, value: field.value) }
        head.headers.add(name: "Content-Length", value: String(response.body.count))
        head.headers.add(name: "Connection", value: "close")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        let sent = tracked(.end(nil), context)
        context.flush()
        registry.logger.info("refused \(path.loggable) \(response.status.code)")
        sent.assumeIsolated().whenComplete { _ in self.linger() }
    }

    /// Stops taking requests: closes now if none is being served.
    func drain() {
        switch state {
        case .awaitingRequest, .lingering: cut()
        case .receiving, .answering, .closed: break
        }
    }

    /// Closes the connection now.
    func cut() { context?.close(promise: nil) }

    // MARK: - Timers

    /// Replaces the running timer.
    func arm(_ duration: Duration, _ action: @escaping (HTTPConnection) -> Void) {
        timer?.cancel()
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { action(self) }
    }

    private func rearmSendTimer(_ context: ChannelHandlerContext) {
        sendTimer?.cancel()
        sendTimer = nil
        guard pendingSendCount > 0 else { return }
        sendTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(registry.limits.sendTimeout)) {
            self.registry.logger.info("closed a connection whose client stopped reading")
            self.cut()
        }
    }

    // MARK: - Sending

    private func current(_ answer: Answer, in phase: Answer.Phase) -> ChannelHandlerContext? {
        guard case .answering(let current) = state, current === answer, answer.phase == phase else { return nil }
        return context
    }

    private func closedFuture() -> EventLoopFuture<Void> {
        registry.eventLoop.makeFailedFuture(ResponseWriter.Failure.closed)
    }

    private func head(of status: HTTPStatus, headers: HTTPFields, for answer: Answer) -> HTTPResponseHead {
        let incoming = answer.incoming
        answer.status = status
        if !incoming.keepsAlive || registry.isDraining || (inputClosed && waitingParts.isEmpty) { answer.closes = true }
        var head = HTTPResponseHead(
            version: incoming.version, status: HTTPResponseStatus(statusCode: status.code))
        for field in headers.fields { head.headers.add(name: field.name, value: field.value) }
        if answer.closes {
            head.headers.add(name: "Connection", value: "close")
        } else if incoming.isVersion10 {
            head.headers.add(name: "Connection", value: "keep-alive")
        }
        return head
    }

    @discardableResult
    private func writePieces(
        _ bytes: [UInt8], _ answer: Answer, _ context: ChannelHandlerContext
    ) -> EventLoopFuture<Void> {
        answer.sentByteCount += bytes.count
        var rest = ByteBuffer(bytes: bytes)
        var last = context.eventLoop.makeSucceededVoidFuture()
        while let piece = rest.readSlice(length: min(rest.readableBytes, Self.pieceByteCount)), piece.readableBytes > 0
        {
            last = tracked(.body(.byteBuffer(piece)), context)
        }
        return last
    }

    private func end(_ answer: Answer, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        answer.phase = .finished
        let sent = tracked(.end(nil), context)
        context.flush()
        sent.assumeIsolated().whenSuccess { self.ended(answer) }
        return sent
    }

    private func ended(_ answer: Answer) {
        guard case .answering(let current) = state, current === answer else { return }
        log(answer, outcome: nil)
        registry.release(answer.incoming)
        if answer.closes || registry.isDraining {
            state = .lingering
            linger()
        } else if waitingParts.isEmpty {
            awaitNextRequest()
        } else {
            // Not from here: a long row of pipelined requests would grow the stack with every answer.
            context?.eventLoop.assumeIsolated().execute { self.resumeWaiting(after: answer) }
        }
    }

    private func resumeWaiting(after answer: Answer) {
        guard case .answering(let current) = state, current === answer else { return }
        awaitNextRequest()
    }

    /// Closes our side and reads on for a moment: a socket closed over unread bytes reports an error to its peer,
    /// which then may never look at the answer.
    private func linger() {
        guard let context, case .lingering = state else { return }
        if inputClosed || registry.isDraining { return cut() }
        let closed = context.eventLoop.makePromise(of: Void.self)
        closed.futureResult.assumeIsolated().whenFailure { _ in self.cut() }
        context.close(mode: .output, promise: closed)
        arm(registry.limits.lingerTimeout) { $0.cut() }
        resumeReading(context)
    }

    private func tracked(_ part: HTTPServerResponsePart, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        let sent = context.eventLoop.makePromise(of: Void.self)
        pendingSendCount += 1
        if pendingSendCount == 1 { rearmSendTimer(context) }
        sent.futureResult.assumeIsolated().whenComplete { _ in
            self.pendingSendCount -= 1
            self.rearmSendTimer(context)
        }
        context.write(wrapOutboundOut(part), promise: sent)
        return sent.futureResult
    }

    /// One line a request, without anything that a client wrote but method and path.
    func log(_ answer: Answer, outcome: String?) {
        let request = answer.incoming.request
        let level: Logger.Level =
            request.method == "GET" && outcome == nil && answer.status.isSuccess ? .debug : .info
        registry.logger.log(
            level: level, "\(Self.line(answer, outcome: outcome))", metadata: Self.fields(answer, outcome: outcome))
    }

    /// The same as fields of the journal.
    private static func fields(_ answer: Answer, outcome: String?) -> Logger.Metadata {
        let request = answer.incoming.request
        var fields: Logger.Metadata = [
            "MINKE_METHOD": "\(answer.incoming.method.loggable)", "MINKE_PATH": "\(request.path.loggable)",
            "MINKE_STATUS": "\(outcome ?? String(answer.status.code))", "MINKE_BYTES": "\(answer.sentByteCount)",
            "MINKE_MS": "\(Int((ContinuousClock.now - answer.incoming.began) / .milliseconds(1)))",
        ]
        if let peer = request.peer {
            fields["MINKE_UID"] = "\(peer.userID)"
            fields["MINKE_PID"] = "\(peer.processID)"
        }
        return fields
    }

    private static func line(_ answer: Answer, outcome: String?) -> String {
        let request = answer.incoming.request
        let elapsed = (ContinuousClock.now - answer.incoming.began) / .milliseconds(1)
        var line = "\(answer.incoming.method.loggable) \(request.path.loggable)"
        line += " \(outcome ?? String(answer.status.code)) \(answer.sentByteCount) bytes \(Int(elapsed)) ms"
        if let peer = request.peer { line += " uid=\(peer.userID) pid=\(peer.processID)" }
        if !answer.note.isEmpty { line += " " + answer.note }
        return line
    }
}

extension String {
    /// At most 100 characters of printable ASCII: a log line stays one line.
    var loggable: String {
        let bytes = utf8.prefix(100).map { $0 > 32 && $0 < 127 ? $0 : UInt8(ascii: "?") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
