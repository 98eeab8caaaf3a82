import Glibc
import Server
import Testing

@Suite struct RequestTests {
    @Test func answersAndKeepsTheConnection() async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            for _ in 0..<3 {
                try await client.send("GET /a%20b?x=1 HTTP/1.1\r\nHost: anything.example\r\n\r\n")
                let answer = try await client.receive(suffix: "GET /a b ")
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.contains("Content-Length: 9\r\n"))
                #expect(!answer.contains("Connection: close"))
            }
        }
    }

    @Test func readsChunkedBodiesByteByByte() async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            let request =
                "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
            for byte in request.utf8 { try await client.send([byte]) }
            #expect(try await client.receive(suffix: "abcde").hasSuffix("\r\n\r\nPOST /x abcde"))
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            let requests = (0..<50).map { "POST /\($0) HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n\($0 % 10)" }
            try await client.send(requests.joined())
            let answer = try await client.receive(suffix: "POST /49 9")
            let order = answer.split(separator: "POST /").dropFirst().compactMap { Int($0.prefix { $0 != " " }) }
            #expect(order == Array(0..<50))
        }
    }

    /// Answers that need no handler are sent at once: a long row of them must not grow the stack.
    @Test func survivesThousandsOfPipelinedRefusals() async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            let count = 20_000
            async let sent = client.send(
                String(repeating: "GET /missing HTTP/1.1\r\nHost: x\r\n\r\n", count: count)
                    + "GET /last HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try await client.receive(timeout: .seconds(60), until: { $0.hasSuffix("GET /last ") }).text
            #expect(try await sent)
            #expect(answer.split(separator: "HTTP/1.1 404").count == count)
        }
    }

    @Test func headHasNoBodyAndOptionsNamesMethods() async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            try await client.send("HEAD /get HTTP/1.1\r\nHost: x\r\n\r\n")
            let head = try await client.receive(suffix: "\r\n\r\n")
            #expect(head.contains("Content-Length: 9\r\n"))
            try await client.send("OPTIONS /get HTTP/1.1\r\nHost: x\r\n\r\n")
            let options = try await client.receive(suffix: "\r\n\r\n")
            #expect(options.hasPrefix("HTTP/1.1 204"))
            #expect(options.contains("Allow: GET, HEAD, OPTIONS"))
            #expect(!options.contains("Content-Length"))
            try await client.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.receive(suffix: "\r\n\r\n").hasPrefix("HTTP/1.1 204"))
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "TRACE", "PATCH"])
    func refusesMethods(_ method: String) async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            try await client.send(
                "\(method) /get HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET /missing HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try await client.receive(suffix: "there is nothing at this path")
            #expect(answer.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
            #expect(answer.contains("Allow: GET, HEAD, OPTIONS\r\n"))
            #expect(answer.contains("HTTP/1.1 404 Not Found"))
        }
    }

    @Test func servesVersion10AndConnectionClose() async throws {
        try await withServer { path in
            for request in ["GET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"] {
                let client = try RawConnection(path: path)
                try await client.send(request)
                let answer = try await client.receiveAll()
                #expect(answer.contains("Connection: close"))
                #expect(answer.hasSuffix("GET /a "))
            }
        }
    }

    @Test func sendsContinueBeforeTheBody() async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            try await client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.receive(suffix: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue"))
            try await client.send("hi")
            #expect(try await client.receive(suffix: "POST /x hi").hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func knowsThePeer() async throws {
        try await withServer { request, writer in
            let peer = request.peer.map { "\($0.userID) \($0.processID)" } ?? "nobody"
            try await writer.send(HTTPResponse(.ok, body: Array(peer.utf8)))
        } _: { path in
            let answer = try await HTTPClient(socketPath: path).response(to: ClientRequest("GET", "/"))
            #expect(String(decoding: answer.body, as: UTF8.self) == "\(geteuid()) \(getpid())")
        }
    }

    @Test func streamsInChunks() async throws {
        try await withServer { _, writer in
            try await writer.startStream(headers: ["Content-Type": "text/event-stream"])
            try await writer.write(Array("one".utf8))
            try await writer.write([])
            try await writer.write(Array("two".utf8))
            try await writer.finish()
        } _: { path in
            let client = try RawConnection(path: path)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try await client.receive(suffix: "0\r\n\r\n")
            #expect(answer.lowercased().contains("transfer-encoding: chunked"))
            #expect(answer.hasSuffix("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
            // Without chunks the end of the connection ends the stream.
            let old = try RawConnection(path: path)
            try await old.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try await old.receiveAll().hasSuffix("\r\n\r\nonetwo"))
        }
    }

    @Test func answersForFailedHandlers() async throws {
        struct Failure: Error {}
        try await withServer { request, writer in
            if request.path == "/stream" {
                try await writer.startStream(headers: [:])
                try await writer.write([65])
            }
            if request.path != "/silent" { throw Failure() }
        } _: { path in
            for target in ["/throws", "/silent"] {
                let client = try RawConnection(path: path)
                try await client.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 500 "))
            }
            let client = try RawConnection(path: path)
            try await client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            let cut = try await client.receiveAll()
            #expect(cut.hasSuffix("1\r\nA\r\n"), "a cut stream has no last chunk")
        }
    }
}
