import Server
import Testing

@Suite struct HostileClientTests {
    private static let texts = [
        (
            "length and coding",
            "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            "coding and length",
            "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
        ),
        ("two lengths", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
        ("negative length", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        ("plus length", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na"),
        ("huge length", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
        ("gzip coding", "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("bad chunk size", "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ("huge chunk size", "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
        ("version 0.9", "GET /\r\n"),
        ("version 2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("version 9.9", "GET / HTTP/9.9\r\n\r\n"),
        ("no path", "GET HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("relative path", "GET x HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("NUL in a path", "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("bad escape", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("line break in a path", "GET /%0d%0aX:y HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("not UTF-8", "GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("unknown method", "NONSENSE / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("space in a name", "GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n"),
        ("no name", "GET / HTTP/1.1\r\nHost: x\r\n: c\r\n\r\n"),
        ("folded line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c: d\r\nHost\r\n\r\n"),
        ("NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"),
        ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ("no host", "GET /ok HTTP/1.1\r\n\r\n"),
        ("RTSP", "GET /ok RTSP/1.0\r\nHost: x\r\n\r\n"),
        ("RTSP after an empty line", "\r\nGET /ok RTSP/1.0\r\n\r\n"),
        ("ICE", "SOURCE /ok ICE/1.0\r\nHost: x\r\n\r\n"),
        ("cut in the header", "GET / HTTP/1.1\r\nHos"),
        ("cut in the body", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"),
    ]

    static let malformed: [(String, [UInt8])] =
        texts.map { ($0, Array($1.utf8)) } + [("TLS", [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), ("zeros", [0, 0, 0, 0])]

    @Test(arguments: malformed)
    func refusesAndCloses(_ name: String, _ bytes: [UInt8]) async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            try await client.send(bytes)
            client.shutdownSending()
            let answer = try await client.receiveAll()
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(name): \(answer)")
            #expect(answer.split(separator: "HTTP/1.1 4").count <= 1, "\(name): one answer at most")
            let next = try await HTTPClient(socketPath: path).response(to: ClientRequest("GET", "/ok"))
            #expect(next.status == .ok)
        }
    }

    @Test(arguments: malformed.filter { !$0.0.hasPrefix("cut") && $0.0 != "zeros" && $0.0 != "TLS" })
    func saysWhy(_ name: String, _ bytes: [UInt8]) async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            try await client.send(bytes + Array("\r\n\r\n".utf8))
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 4"), "\(name): \(answer)")
            #expect(answer.contains("Connection: close") && answer.contains("\r\n\r\nerror: "))
        }
    }

    @Test(arguments: [
        "GET /" + String(repeating: "a", count: 65536) + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 100_000) + "\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "b", count: 20_000) + "\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            + String(repeating: "A: b\r\n", count: 100_000),
    ])
    func limitsHeaders(_ request: String) async throws {
        try await withServer { path in
            let client = try RawConnection(path: path)
            async let sent = client.send(request)
            #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 431 "))
            _ = try await sent
        }
    }

    @Test func limitsBodies() async throws {
        var limits = ServerLimits()
        limits.bodyByteCount = 100_000
        try await withServer(limits: limits) { path in
            let big = [UInt8](repeating: 97, count: 100_001)
            let client = try RawConnection(path: path)
            try await client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n")
            try await client.send(big)
            #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 413 "))
            // Without a declared length the server has to count.
            let chunked = try RawConnection(path: path)
            try await chunked.send("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n")
            try await chunked.send(big)
            #expect(try await chunked.receiveAll().hasPrefix("HTTP/1.1 413 "))
            // A client that waits to be asked is told at once.
            let polite = try RawConnection(path: path)
            try await polite.send(
                "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await polite.receiveAll().hasPrefix("HTTP/1.1 413 "))
            let answer = try await HTTPClient(socketPath: path).response(
                to: ClientRequest("POST", "/x", body: Array(big.dropLast())))
            #expect(answer.body.count == 100_000 + "POST /x ".utf8.count)
        }
    }

    /// A byte now and then must not hold a connection for ever.
    @Test func endsSlowHeadersAndBodies() async throws {
        var limits = ServerLimits()
        limits.headerTimeout = .milliseconds(300)
        limits.bodyTimeout = .milliseconds(300)
        limits.idleTimeout = .milliseconds(600)
        try await withServer(limits: limits) { path in
            let slow = [
                ("GET / HTTP/1.1\r\nHost: x\r\nA: ", "a"),
                ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n", "b"),
            ]
            for (head, drip) in slow {
                let client = try RawConnection(path: path)
                let began = ContinuousClock.now
                try await client.send(head)
                async let dripping: Void = {
                    while try await client.send(drip) { try await Task.sleep(for: .milliseconds(20)) }
                }()
                #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 408 "))
                #expect(ContinuousClock.now - began < .seconds(5))
                client.leave()
                try? await dripping
            }
            // Between requests the idle timeout counts, once a header begins the header's.
            let client = try RawConnection(path: path)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await client.receive(suffix: "GET / ")
            let began = ContinuousClock.now
            #expect(try await client.receiveAll() == "")
            #expect(ContinuousClock.now - began > .milliseconds(500))
            let again = try RawConnection(path: path)
            try await again.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await again.receive(suffix: "GET / ")
            try await again.send("GET /")
            #expect(try await again.receiveAll().hasPrefix("HTTP/1.1 408 "))
        }
    }

    /// Connections whose requests are being answered keep their places.
    @Test func limitsConnections() async throws {
        var limits = ServerLimits()
        limits.connectionCount = 3
        let gate = AsyncStream<Void>.makeStream()
        try await withServer(limits: limits) { request, writer in
            if request.path == "/held" { for await _ in gate.stream {} }
            try await echo(request, writer)
        } _: { path in
            let held = try (0..<3).map { _ in try RawConnection(path: path) }
            for client in held { try await client.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n") }
            try await Task.sleep(for: .milliseconds(50))
            let refused = try RawConnection(path: path)
            #expect(try await refused.receiveAll().hasPrefix("HTTP/1.1 503 "))
            gate.continuation.finish()
            for client in held { _ = try await client.receive(suffix: "GET /held ") }
        }
    }

    /// Whoever has sent no whole request gives its place, the one that has been so longest first.
    @Test func slowClientsKeepNobodyOut() async throws {
        var limits = ServerLimits()
        limits.connectionCount = 3
        try await withServer(limits: limits) { path in
            var slow: [RawConnection] = []
            for part in ["", "GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nab"] {
                let client = try RawConnection(path: path)
                try await client.send(part)
                slow.append(client)
                try await Task.sleep(for: .milliseconds(20))
            }
            for client in slow {
                let quick = try RawConnection(path: path)
                try await quick.send("GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(try await quick.receiveAll().hasPrefix("HTTP/1.1 200 "))
                #expect(try await client.receiveAll() == "")
                // The place that the quick one has left.
                slow.append(try RawConnection(path: path))
            }
        }
    }

    /// Slow clients that come back at once push each other out, not one that was answered and thinks for a moment.
    @Test func aGoodClientKeepsItsPlace() async throws {
        var limits = ServerLimits()
        limits.connectionCount = 3
        try await withServer(limits: limits) { path in
            let good = try RawConnection(path: path)
            for _ in 0..<3 {
                try await good.send("GET /ok HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await good.receive(suffix: "GET /ok ")
                var slow: [RawConnection] = []
                for _ in 0..<6 {
                    slow.append(try RawConnection(path: path))
                    try await slow[slow.count - 1].send("GET / HT")
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(try await slow[0].receiveAll() == "")
            }
        }
    }

    /// A client gets an error at once where the backlog is full: a burst has to find room.
    @Test func takesABurst() async throws {
        try await withServer { path in
            let clients = try (0..<400).map { _ in try RawConnection(path: path) }
            for client in clients { try await client.send("GET /burst HTTP/1.1\r\nHost: x\r\n\r\n") }
            for client in clients { _ = try await client.receive(suffix: "GET /burst ") }
        }
    }

    /// Many large bodies together must not take the board's memory.
    @Test func limitsAllBodiesTogether() async throws {
        var limits = ServerLimits()
        limits.totalBodyByteCount = 100_000
        try await withServer(limits: limits) { path in
            let head = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
            for _ in 0..<3 {
                let first = try RawConnection(path: path)
                try await first.send(head + String(repeating: "a", count: 59_999))
                try await Task.sleep(for: .milliseconds(20))
                let second = try RawConnection(path: path)
                try await second.send(head + String(repeating: "b", count: 60_000))
                #expect(try await second.receiveAll().hasPrefix("HTTP/1.1 503 "))
                try await first.send("a")
                _ = try await first.receive(suffix: "aaa")
                // What a request held is free again once it is answered, or its client is gone.
                let third = try RawConnection(path: path)
                try await third.send(head + String(repeating: "c", count: 59_999))
                try await Task.sleep(for: .milliseconds(20))
                third.leave()
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
