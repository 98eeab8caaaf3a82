import Glibc
import Server
import Testing
import Timing

@Suite struct DisconnectTests {
    /// A handler that waits for ever tells when it is cancelled.
    private static func waiting(
        _ seen: Observations, streams: Bool
    ) -> @Sendable (HTTPRequest, ResponseWriter) async throws -> Void {
        { _, writer in
            if streams {
                try await writer.startStream(headers: [:])
                try await writer.write([65])
            }
            seen.noteStart()
            do { try await Task.sleep(for: .seconds(60)) } catch { seen.noteCancel() }
        }
    }

    @Test(arguments: [false, true])
    func cancelsAtOnce(streams: Bool) async throws {
        let seen = Observations()
        try await withServer(Self.waiting(seen, streams: streams)) { path in
            var delays: [Duration] = []
            for round in 1...20 {
                let client = try RawConnection(path: path)
                try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /pipelined HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await eventually { seen.started == round })
                let left = ContinuousClock.now
                client.leave()
                #expect(try await eventually { seen.cancelled.count == round })
                delays.append(try #require(seen.cancelled.last) - left)
            }
            #expect(delays.sorted()[10] < .milliseconds(250) * slowness)
        }
    }

    @Test func answersAHalfClosedClient() async throws {
        try await withServer { request, writer in
            try await Task.sleep(for: .milliseconds(50))
            try await echo(request, writer)
        } _: { path in
            let client = try RawConnection(path: path)
            try await client.send(
                "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
            client.shutdownSending()
            let answers = try await client.receiveAll()
            #expect(answers.contains("POST /1 ab"))
            #expect(answers.hasSuffix("GET /2 "))
            let silent = try RawConnection(path: path)
            silent.shutdownSending()
            #expect(try await silent.receiveAll() == "")
        }
    }

    @Test func cancelsAHalfClosedClientThatLeaves() async throws {
        let seen = Observations()
        try await withServer(Self.waiting(seen, streams: false)) { path in
            let client = try RawConnection(path: path)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            client.shutdownSending()
            #expect(try await eventually { seen.started == 1 })
            try await Task.sleep(for: .milliseconds(50))
            #expect(seen.cancelled.isEmpty)
            client.leave()
            #expect(try await eventually { seen.cancelled.count == 1 })
        }
    }

    @Test func aSlowReaderHoldsItsWriterBackAndThenIsCut() async throws {
        let seen = Observations()
        var limits = ServerLimits()
        limits.sendTimeout = .seconds(1)
        try await withServer(limits: limits) { _, writer in
            do {
                try await writer.startStream(headers: [:])
                while true {
                    try await writer.write([UInt8](repeating: 97, count: 4096))
                    seen.noteWrite()
                }
            } catch { seen.noteCancel() }
        } _: { path in
            let slow = try RawConnection(path: path)
            try await slow.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try await Task.sleep(for: .milliseconds(200))
            let writes = seen.writes
            #expect(writes > 0 && writes < 500, "the socket's buffer is all that is ahead of the reader")
            // One that reads now and then is served on (the kernel asks for more when 3/4 of its buffer is read).
            for _ in 0..<16 {
                try await Task.sleep(for: .milliseconds(100))
                _ = try await slow.receive { $0.utf8.count > 50_000 }
            }
            #expect(seen.cancelled.isEmpty)
            #expect(try await eventually(.seconds(5)) { seen.cancelled.count == 1 })
        }
    }

    @Test func drainsWithinTheDeadline() async throws {
        let path = temporarySocketPath()
        defer { unlink(path + ".lock") }
        let server = try await HTTPServer.start(
            on: ListeningSocket(path: path),
            handler: ClosureHandler { request, writer in
                try await Task.sleep(for: .milliseconds(200))
                try await echo(request, writer)
            }, logger: .init(label: "test"))
        let idle = try RawConnection(path: path)
        let busy = try RawConnection(path: path)
        try await busy.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
        try await Task.sleep(for: .milliseconds(50))
        async let answer = busy.receiveAll()
        let began = ContinuousClock.now
        await server.stop(deadline: .seconds(10))
        #expect(ContinuousClock.now - began < .seconds(5))
        let text = try await answer
        #expect(text.contains("Connection: close") && text.hasSuffix("GET /busy "))
        #expect(try await idle.receiveAll() == "")
        await #expect(throws: ClientError.self) {
            try await HTTPClient(socketPath: path).response(to: ClientRequest("GET", "/"))
        }
    }

    @Test func cutsAnswersAtTheDeadline() async throws {
        let seen = Observations()
        let path = temporarySocketPath()
        defer { unlink(path + ".lock") }
        let server = try await HTTPServer.start(
            on: ListeningSocket(path: path), handler: ClosureHandler(body: Self.waiting(seen, streams: true)),
            logger: .init(label: "test"))
        let client = try RawConnection(path: path)
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try await eventually { seen.started == 1 })
        await server.stop(deadline: .milliseconds(100))
        #expect(try await eventually { seen.cancelled.count == 1 })
        #expect(!(try await client.receiveAll()).hasSuffix("0\r\n\r\n"))
    }
}
