import Board
import Glibc
import Logging
import Synchronization
import Testing
import Timing

/// These change the environment of the process: one at a time.
@Suite(.serialized) struct BoardTests {
    @Test func takesSocketsMeantForThisProcessOnly() {
        setenv("LISTEN_PID", "1", 1)
        setenv("LISTEN_FDS", "1", 1)
        #expect(InheritedSockets.take().isEmpty)
        #expect(getenv("LISTEN_FDS") == nil, "no child may take them for its own")
        for count in ["-1", "0", "99999", "many", ""] {
            setenv("LISTEN_PID", String(getpid()), 1)
            setenv("LISTEN_FDS", count, 1)
            #expect(InheritedSockets.take().isEmpty)
        }
        setenv("LISTEN_PID", String(getpid()), 1)
        setenv("LISTEN_FDS", "2", 1)
        setenv("LISTEN_FDNAMES", "first", 1)
        let sockets = InheritedSockets.take()
        #expect(sockets.map(\.descriptor) == [3, 4])
        #expect(sockets.map(\.name) == ["first", "unknown"])
    }

    @Test(arguments: [true, false])
    func notifies(isAbstract: Bool) throws {
        let manager = try #require(DatagramSocket("notify", isAbstract: isAbstract))
        setenv("NOTIFY_SOCKET", manager.path, 1)
        let notifier = ServiceNotifier()
        #expect(getenv("NOTIFY_SOCKET") == nil)
        notifier.ready("line one\nREADY=0")
        notifier.status("s")
        notifier.alive()
        notifier.extendTimeout(.milliseconds(1500))
        notifier.stopping("bye")
        #expect(
            manager.texts() == [
                "READY=1\nSTATUS=line one READY=0", "STATUS=s", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=1500000",
                "STOPPING=1\nSTATUS=bye",
            ])
        notifier.reloading()
        let lines = try #require(manager.texts().first).split(separator: "\n")
        let time = try #require(lines.dropFirst().first).split(separator: "=")
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = Int(now.tv_sec) * 1_000_000 + Int(now.tv_nsec) / 1000
        #expect(lines.first == "RELOADING=1" && time.first == "MONOTONIC_USEC")
        #expect((microseconds - 1_000_000...microseconds).contains(try #require(time.last.flatMap { Int($0) })))
        // Without a manager, and with one that is gone, nothing happens.
        ServiceNotifier().ready("x")
        setenv("NOTIFY_SOCKET", "/nowhere/notify", 1)
        ServiceNotifier().ready("x")
    }

    @Test func knowsTheWatchdogMeantForThisProcess() {
        func interval(_ time: String?, process: String?, manager: Bool = true) -> Duration? {
            if manager { setenv("NOTIFY_SOCKET", "/nowhere/notify", 1) }
            if let time { setenv("WATCHDOG_USEC", time, 1) }
            if let process { setenv("WATCHDOG_PID", process, 1) }
            defer { #expect(getenv("WATCHDOG_USEC") == nil && getenv("WATCHDOG_PID") == nil) }
            return ServiceNotifier().watchdogInterval
        }
        let own = String(getpid())
        #expect(interval("2000000", process: own) == .seconds(2))
        #expect(interval("2000000", process: nil) == .seconds(2))
        #expect(interval("2000000", process: "1") == nil)
        #expect(interval("2000000", process: own, manager: false) == nil)
        for time in ["0", "-1", "soon", ""] { #expect(interval(time, process: own) == nil) }
        #expect(interval(nil, process: nil) == nil)
    }

    /// A stuck engine is not fed; work that gets on, and an engine that answers, are.
    @Test func theWatchdogIsFedByLife() async throws {
        final class Life: Sendable {
            let progress = Atomic<Int>(0)
            let answers = Atomic<Bool>(true)
            let complaints = Atomic<Int>(0)
        }
        let manager = try #require(DatagramSocket("watchdog"))
        setenv("NOTIFY_SOCKET", manager.path, 1)
        setenv("WATCHDOG_USEC", "400000", 1)
        let life = Life()
        let watchdog = Watchdog(
            ServiceNotifier(), progress: { life.progress.load(ordering: .relaxed) },
            engine: { answer in if life.answers.load(ordering: .relaxed) { answer() } }, server: [{ $0() }],
            stuck: { _ in life.complaints.add(1, ordering: .relaxed) })
        let dog = try #require(watchdog)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(dog).toOpaque()
        // It looks every 100 ms for ever; the process ends with its tests.
        pthread_create(&thread, nil, { Unmanaged<Watchdog>.fromOpaque($0!).takeRetainedValue().run() }, argument)
        pthread_detach(thread)

        var count = 0
        func fed(_ times: Int) -> Bool {
            count += manager.texts().count
            return count >= times
        }
        #expect(try await eventually { fed(4) }, "idle and answering")
        life.answers.store(false, ordering: .relaxed)
        try await Task.sleep(for: .milliseconds(250))
        count = 0
        let isFed = try await eventually {
            life.progress.add(1, ordering: .relaxed)
            return fed(4)
        }
        #expect(isFed, "getting on without an answer")
        try await Task.sleep(for: .milliseconds(500))
        _ = manager.texts()
        try await Task.sleep(for: .milliseconds(600))
        #expect(manager.texts().isEmpty, "stuck")
        #expect(life.complaints.load(ordering: .relaxed) == 1)
        // The call that was not answered is repeated only by what gets on.
        life.progress.add(1, ordering: .relaxed)
        #expect(try await eventually { !manager.texts().isEmpty }, "got on")
    }

    @Test func theJournalGetsFields() throws {
        let journal = try #require(DatagramSocket("journal"))
        var logger = Logger(label: "x") { _ in JournalLog(socketPath: journal.path) }
        logger.event(
            .modelLoaded, .notice, "in memory", ["MINKE_MODEL": "m"], file: "a.swift", function: "f()", line: 7)
        #expect(
            journal.texts() == [
                """
                MESSAGE=in memory
                PRIORITY=5
                SYSLOG_IDENTIFIER=minked
                CODE_FILE=a.swift
                CODE_LINE=7
                CODE_FUNC=f()
                MESSAGE_ID=\(EventIdentifier.modelLoaded.rawValue)
                MINKE_MODEL=m

                """
            ])
        logger[metadataKey: "peer-id"] = "two\nlines"
        logger.error("a\nb")
        let bytes = try #require(journal.receive())
        let message = Array("MESSAGE\n".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("a\nb\nPRIORITY=3\n".utf8)
        #expect(bytes.starts(with: message))
        #expect(String(decoding: bytes, as: UTF8.self).contains("MINKE_PEER_ID\n\t\0\0\0\0\0\0\0two\nlines\n"))
        // Not longer than a socket takes.
        logger.info("\(String(repeating: "x", count: 1 << 20))")
        #expect((journal.receive()?.count ?? 0) > 10_000)
        logger.debug("below the level")
        #expect(journal.receive() == nil)
        LogThreshold.current = .debug
        defer { LogThreshold.current = .info }
        logger.debug("above it after a reload")
        #expect(journal.receive() != nil)
    }

    @Test func theJournalIsThisServicesOwn() throws {
        defer { unsetenv("JOURNAL_STREAM") }
        unsetenv("JOURNAL_STREAM")
        #expect(JournalLog.ofThisService() == nil)
        var status = stat()
        fstat(STDERR_FILENO, &status)
        setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
        #expect(JournalLog.ofThisService() != nil)
        for other in ["\(status.st_dev):\(status.st_ino &+ 1)", "\(status.st_dev)", "x:y", ""] {
            setenv("JOURNAL_STREAM", other, 1)
            #expect(JournalLog.ofThisService() == nil, "somebody else's: \(other)")
        }
    }

    /// Every named event has an entry in the catalogue, and the catalogue no other.
    @Test func theCatalogueKnowsAllEvents() throws {
        let here = "Tests/ServerTests/BoardTests.swift"
        let file = try #require(fopen(String(#filePath.dropLast(here.count)) + "systemd/minke.catalog", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let identifiers = lines.filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(identifiers.sorted() == EventIdentifier.allCases.map(\.rawValue).sorted())
        #expect(lines.count { $0.hasPrefix("Subject: ") } == identifiers.count)
    }
}
