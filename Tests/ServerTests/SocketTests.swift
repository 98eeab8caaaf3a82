import Glibc
import Logging
import Server
import Testing
import Timing

@Suite struct SocketTests {
    private static func mode(_ path: String) -> UInt32? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    @Test func makesReplacesAndRemovesTheFile() async throws {
        let path = temporarySocketPath()
        let handler = ClosureHandler(body: echo)
        let first = try await HTTPServer.start(
            on: ListeningSocket(path: path), handler: handler, logger: Logger(label: "test"))
        #expect(Self.mode(path) == 0o660)
        // Alive: refused, and not harmed.
        #expect { try ListeningSocket(path: path) } throws: { ($0 as? ServerError)?.code == .inUse }
        #expect(try await HTTPClient(socketPath: path).response(to: ClientRequest("GET", "/")).status == .ok)
        await first.stop(deadline: .zero)
        #expect(Self.mode(path) == nil)

        // Stale, as after a crash: replaced.
        try BoundSocket(path: path).abandon()
        #expect(Self.mode(path) != nil)
        let second = try await HTTPServer.start(
            on: ListeningSocket(path: path, mode: 0o600), handler: handler, logger: Logger(label: "test"))
        #expect(Self.mode(path) == 0o600)
        // Taken over by hand: what is not ours any more is not removed.
        unlink(path)
        let file = open(path, O_CREAT | O_WRONLY, 0o644)
        close(file)
        await second.stop(deadline: .zero)
        #expect(Self.mode(path) != nil)
        #expect { try ListeningSocket(path: path) } throws: { ($0 as? ServerError)?.code == .notASocket }
        unlink(path)
        unlink(path + ".lock")
    }

    @Test func explainsBadPaths() throws {
        #expect { try ListeningSocket(path: "/nowhere/at/all.sock") } throws: {
            "\($0)".contains("does not exist")
        }
        #expect { try ListeningSocket(path: "/tmp/" + String(repeating: "x", count: 120)) } throws: {
            "\($0)".contains("too long")
        }
        #expect { try ListeningSocket(inherited: 0, name: "stdin") } throws: {
            ($0 as? ServerError)?.code == .notASocket
        }
    }

    @Test func adoptsAnInheritedSocket() async throws {
        let path = temporarySocketPath()
        let descriptor = try BoundSocket(path: path).descriptor
        let server = try await HTTPServer.start(
            on: ListeningSocket(inherited: descriptor, name: "systemd"), handler: ClosureHandler(body: echo),
            logger: Logger(label: "test"))
        let answer = try await HTTPClient(socketPath: path).response(to: ClientRequest("GET", "/adopted"))
        #expect(String(decoding: answer.body, as: UTF8.self) == "GET /adopted ")
        await server.stop(deadline: .zero)
        #expect(Self.mode(path) != nil, "the file belongs to whoever made it")
        unlink(path)
    }

    @Test func clientExplainsFailures() async throws {
        let path = temporarySocketPath()
        await #expect { try await HTTPClient(socketPath: path).response(to: ClientRequest("GET", "/")) } throws: {
            ($0 as? ClientError)?.code == .noSocket && "\($0)".contains(path)
        }
        try BoundSocket(path: path).abandon()
        await #expect { try await HTTPClient(socketPath: path).response(to: ClientRequest("GET", "/")) } throws: {
            ($0 as? ClientError)?.code == .refused
        }
        unlink(path)
    }

    @Test func clientReadsLinesAndHangsUpWhenCancelled() async throws {
        let seen = Observations()
        try await withServer { request, writer in
            try await writer.startStream(headers: [:])
            for piece in ["a\nb", "c\r\n", "\n", "last"] { try await writer.write(Array(piece.utf8)) }
            if request.path == "/endless" {
                seen.noteStart()
                do { try await Task.sleep(for: .seconds(60)) } catch { seen.noteCancel() }
            }
            try await writer.finish()
        } _: { path in
            let client = HTTPClient(socketPath: path)
            let lines = try await client.withResponse(to: ClientRequest("GET", "/")) { response in
                var lines: [String] = []
                while let line = try await response.body.nextLine() { lines.append(line) }
                return lines
            }
            #expect(lines == ["a", "bc", "", "last"])
            let task = Task {
                try await client.withResponse(to: ClientRequest("GET", "/endless")) { try await $0.body.collect() }
            }
            #expect(try await eventually { seen.started == 1 })
            task.cancel()
            #expect(try await eventually { seen.cancelled.count == 1 })
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}

/// A socket made by somebody else.
private struct BoundSocket {
    let descriptor: Int32

    init(path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(descriptor, 8) == 0)
        self.descriptor = descriptor
    }

    /// Leaves the file behind, as a crash does.
    func abandon() { close(descriptor) }
}
