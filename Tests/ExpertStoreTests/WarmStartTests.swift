import Checkpoint
import Glibc
import Memory
import Testing

@testable import ExpertStore

/// What one run remembers for the next.
@Suite(.serialized) struct WarmStartTests {
    /// A copy of the fixture in a folder of its own, with the file that belongs to it.
    static func withCopy(_ body: (_ path: String, _ usage: UsageFile) throws -> Void) throws {
        let folder = "/tmp/minke-usage-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try #require(mkdir(folder, 0o700) == 0)
        let path = folder + "/model.gguf"
        defer {
            unlink(path)
            unlink(path + ".usage")
            rmdir(folder)
        }
        let bytes = try bytes(of: PagedExpertsTests.path)
        var copy = try OutputFile(path: path)
        try copy.write(bytes)
        try copy.commit()
        try body(path, UsageFile(of: try ModelSource.open(path)))
    }

    static func bytes(of path: String) throws -> [UInt8] {
        let file = try InputFile(path: path)
        return try file.bytes(at: 0, count: file.byteCount, field: "file")
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        var file = try OutputFile(path: path)
        try file.write(bytes)
        try file.commit()
    }

    @Test func theMostUsedAreThereFirst() throws {
        try Self.withCopy { path, usage in
            let (experts, _, layer, _) = try PagedExpertsTests.make(slots: 8)
            #expect(!experts.warm(from: usage))
            for _ in 0..<3 { _ = try PagedExpertsTests.visit(experts, layer, [1, 6]) }
            _ = try PagedExpertsTests.visit(experts, layer, [2])
            try experts.remember(in: usage)
            var status = stat()
            #expect(stat(path + ".usage", &status) == 0 && status.st_mode & 0o777 == 0o600)

            let (next, file, _, _) = try PagedExpertsTests.make(slots: 2)
            #expect(next.warm(from: usage))
            try ForecastTests.settle(next)
            #expect(file.fields.withLock { $0.count } == 6)
            #expect(try PagedExpertsTests.visit(next, layer, [1, 6]) == [[1, 6]])
            #expect(next.statistics.hitCount == 2 && next.statistics.missCount == 0)
            // What earlier runs used counts on.
            try next.remember(in: usage)
            let counts = next.state.withLock { $0.usage }
            #expect(counts.ranking().map(\.key.expert) == [1, 6, 2])
        }
    }

    @Test func aDemandDoesNotWaitForTheWarmUp() throws {
        try Self.withCopy { _, usage in
            let (experts, _, layer, count) = try PagedExpertsTests.make(slots: 16)
            _ = try PagedExpertsTests.visit(experts, layer, Array(0..<count - 1))
            try experts.remember(in: usage)
            let (next, file, _, _) = try PagedExpertsTests.make(slots: count - 1)
            file.delay.withLock { $0 = 20 }
            next.warm(from: usage)
            #expect(try PagedExpertsTests.visit(next, layer, [count - 1]).joined().sorted() == [count - 1])
            // Two parts had been begun at most.
            #expect(file.fields.withLock { $0.count } < 3 * (count - 1))
            #expect(try PagedExpertsTests.visit(next, layer, Array(0..<count)).joined().sorted() == Array(0..<count))
        }
    }

    @Test func whatIsStaleOrDamagedIsIgnored() throws {
        try Self.withCopy { path, usage in
            let (experts, _, layer, count) = try PagedExpertsTests.make(slots: 8)
            _ = try PagedExpertsTests.visit(experts, layer, [1, 6])
            try experts.remember(in: usage)
            let counts = experts.records.map(\.count)
            let good = try Self.bytes(of: path + ".usage")
            #expect(usage.read(expertCounts: counts) != nil)
            for index in stride(from: 0, to: good.count, by: 3) {
                var bad = good
                bad[index] ^= 1
                try Self.write(bad, to: path + ".usage")
                #expect(usage.read(expertCounts: counts) == nil, "byte \(index)")
                try Self.write(Array(good[..<index]), to: path + ".usage")
                #expect(usage.read(expertCounts: counts) == nil, "cut at \(index)")
            }
            try Self.write(good, to: path + ".usage")
            #expect(usage.read(expertCounts: counts.map { $0 == 0 ? 0 : $0 + 1 }) == nil)
            #expect(usage.read(expertCounts: [count]) == nil)
            // Another file under the same name.
            try Self.write(try Self.bytes(of: path) + [0], to: path)
            #expect(UsageFile(of: try ModelSource.open(path)).read(expertCounts: counts) == nil)
        }
    }

    @Test func oldUsesFade() {
        var usage = UsageHistogram(expertCounts: [0, 4])
        for _ in 0..<4096 { usage.add(ExpertDemand(layer: 1, experts: [0])) }
        #expect(usage.layers[1].rate(of: 0) == 1)
        for _ in 0..<4096 { usage.add(ExpertDemand(layer: 1, experts: [3])) }
        #expect(abs(usage.layers[1].rate(of: 0) - 1.0 / 3) < 0.001)
        #expect(abs(usage.layers[1].rate(of: 3) - 2.0 / 3) < 0.001)
        for _ in 0..<200_000 { usage.add(ExpertDemand(layer: 1, experts: [3])) }
        #expect(usage.layers[1].rate(of: 0) < 1e-10 && usage.layers[1].rate(of: 3) > 0.999)
        usage.add(ExpertDemand(layer: 1, tokenCount: 512, uses: [(2, 512)]))
        #expect(usage.layers[1].rate(of: 2) > 0.05)
    }
}
