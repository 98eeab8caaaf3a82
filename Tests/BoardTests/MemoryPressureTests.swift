import Glibc
import Synchronization
import Testing

@testable import Board

/// The sources of memory pressure, in their order, and what is looked at where there is none.
@Suite struct MemoryPressureTests {
    private static func source(_ choice: PressureSource.Choice) throws -> PressureSource {
        guard case .source(let source) = choice else { throw Missing() }
        return source
    }

    private struct Missing: Error {}

    @Test func aPipeOfTheServiceManagerWins() throws {
        let tree = try SystemTree()
        try tree.write("proc/pressure/memory", "")
        let path = tree.root + "/pressure"
        try #require(mkfifo(path, 0o600) == 0)
        // Base64 of "hi", which the pipe brings back as a sign of pressure.
        let source = try Self.source(.init(watch: path, write: "aGk=", root: tree.root))
        defer { source.stop() }
        #expect(source.name == path)
        #expect(source.wait(milliseconds: 0) == .pressure)
        #expect(source.wait(milliseconds: 0) == .timeout)
        let pipe = open(path, O_WRONLY)
        defer { close(pipe) }
        #expect(write(pipe, "x", 1) == 1)
        #expect(source.wait(milliseconds: 1000) == .pressure)
    }

    @Test func aSocketOfTheServiceManagerMayGo() throws {
        let tree = try SystemTree()
        let path = tree.root + "/s"
        let listening = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound && listen(listening, 1) == 0)
        let source = try Self.source(.init(watch: path, write: nil, root: tree.root))
        defer { source.stop() }
        let peer = accept(listening, nil, nil)
        close(listening)
        #expect(source.wait(milliseconds: 0) == .timeout)
        #expect(write(peer, "x", 1) == 1)
        #expect(source.wait(milliseconds: 1000) == .pressure)
        close(peer)
        #expect(source.wait(milliseconds: 1000) == .lost)
    }

    @Test func theOwnCgroupComesBeforeTheMachine() throws {
        let tree = try SystemTree()
        if case .none = PressureSource.Choice(watch: nil, write: nil, root: tree.root) {
        } else {
            Issue.record("nothing")
        }
        try tree.write("proc/pressure/memory", "")
        #expect(try Self.source(.init(watch: nil, write: nil, root: tree.root)).name.hasSuffix("proc/pressure/memory"))
        try tree.write("proc/self/cgroup", "1:name=x:/y\n0::/system.slice/minked.service")
        try tree.write("sys/fs/cgroup/system.slice/minked.service/memory.pressure", "")
        let source = try Self.source(.init(watch: "", write: nil, root: tree.root))
        #expect(source.name.hasSuffix("minked.service/memory.pressure"))
        let lost = try Self.source(.init(watch: tree.root + "/missing", write: nil, root: tree.root))
        #expect(lost.name == source.name)
        if case .off = PressureSource.Choice(watch: "/dev/null", write: nil, root: tree.root) {
        } else {
            Issue.record("watching goes on")
        }
    }

    @Test func decodesBase64() {
        #expect(PressureSource.base64("c29tZSAyMDAwMDAgMjAwMDAwMAA=") == Array("some 200000 2000000\0".utf8))
        #expect(PressureSource.base64("") == [])
        #expect(PressureSource.base64("a b") == nil)
    }

    @Test func readsWhatTheKernelCounts() throws {
        let tree = try SystemTree()
        #expect(MemoryGauge.Reading.read(root: tree.root) == nil)
        try tree.write("proc/meminfo", "MemTotal:        4000000 kB\nMemFree: 1 kB\nMemAvailable:     250000 kB")
        try tree.write("proc/vmstat", "workingset_refault_anon 5\nworkingset_refault_file 70\npgfault 3")
        try tree.write("proc/self/cgroup", "0::/a")
        try tree.write("sys/fs/cgroup/a/memory.events", "low 1\nhigh 20\nmax 3\noom 9")
        #expect(
            MemoryGauge.Reading.read(root: tree.root)
                == MemoryGauge.Reading(
                    total: 4_096_000_000, available: 256_000_000, refaultCount: 75, highCount: 23))
        try tree.write("sys/fs/cgroup/a/memory.current", "5000\n")
        for (high, isOver) in [("max", false), ("5000", false), ("4999", true)] {
            try tree.write("sys/fs/cgroup/a/memory.high", high + "\n")
            #expect(MemoryGauge.Reading.read(root: tree.root)?.isOverHigh == isOver)
        }
        // Pages of files can be dropped, but for those that are locked.
        try tree.write("sys/fs/cgroup/a/memory.stat", "anon 2000\nfile 3000\nunevictable 1000\n")
        for (high, isOver) in [("3000", false), ("2999", true)] {
            try tree.write("sys/fs/cgroup/a/memory.high", high + "\n")
            #expect(MemoryGauge.Reading.read(root: tree.root)?.isOverHigh == isOver)
        }
    }

    @Test func littleMemoryIsPressureAndReturningPagesAre() {
        let start = ContinuousClock.now
        func isPressure(_ readings: [MemoryGauge.Reading]) -> [Bool] {
            var gauge = MemoryGauge()
            return readings.enumerated().map { gauge.isPressure($1, now: start + .seconds(2 * $0)) }
        }
        typealias Reading = MemoryGauge.Reading
        #expect(
            isPressure([Reading(total: 1600, available: 99), Reading(total: 1600, available: 100)]) == [true, false])
        let refaults = [0, 100, 10_000, 10_000].map { Reading(total: 1600, available: 200, refaultCount: $0) }
        #expect(isPressure(refaults) == [false, false, true, false])
        let plenty = [0, 10_000].map { Reading(total: 1600, available: 800, refaultCount: $0) }
        #expect(isPressure(plenty) == [false, false])
        var over = Reading(total: 1600, available: 800)
        over.isOverHigh = true
        #expect(isPressure([over, over]) == [true, true])
        let high = [3, 3, 4, 4].map { Reading(total: 1600, available: 800, highCount: $0) }
        #expect(isPressure(high) == [false, false, true, false])
        var told = MemoryGauge(countsLimitEvents: false)
        #expect(high.enumerated().allSatisfy { !told.isPressure($1, now: start + .seconds(2 * $0)) })
    }

    /// Where nobody wakes the thread it looks by itself, also when a source is lost.
    @Test(.timeLimit(.minutes(1))) func looksByItselfWhereNobodyWakesIt() throws {
        let tree = try SystemTree()
        try tree.write("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 250 kB")
        let count = Atomic(0)
        PressureWatch(choice: .none, root: tree.root).run(isOver: { count.load(ordering: .relaxed) > 0 }) {
            count.add(1, ordering: .relaxed)
        }
        #expect(count.load(ordering: .relaxed) == 1)
    }
}

extension PressureSource.Choice {
    init(watch: String?, write: String?, root: String) {
        self = PressureSource.choose(watch: watch, write: write, root: root)
    }
}
