import Checkpoint
import Glibc
import Kernels
import Memory
import Synchronization
import Testing

@testable import ExpertStore

/// Paging against files whose reads fail on demand.
@Suite struct PagedExpertsTests {
    static func fixture(_ name: String, file: String = #filePath) -> String {
        "/" + file.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/" + name
    }

    /// A file that fails or dawdles as a script says.
    final class ScriptedFile: PageFile {
        let file: DirectFile
        /// Tensors whose reads fail, and how often.
        let failures = Mutex<[String: Int]>([:])
        let fields = Mutex<[String]>([])
        /// Milliseconds that every read takes longer.
        let delay = Mutex(0)
        /// Milliseconds that the next read of a tensor takes longer.
        let stalls = Mutex<[String: Int]>([:])

        init(_ file: DirectFile) { self.file = file }

        var path: String { file.path }
        var isDirect: Bool { file.isDirect }

        func read(
            into bytes: inout MutableRawSpan, byteCount: Int, at offset: Int, field: String
        ) throws(CheckpointError) {
            fields.withLock { $0.append(field) }
            let wait = delay.withLock { $0 } + (stalls.withLock { $0.removeValue(forKey: field) } ?? 0)
            if wait > 0 { usleep(UInt32(wait) * 1000) }
            let fails = failures.withLock { failures in
                guard let left = failures[field], left > 0 else { return false }
                failures[field] = left - 1
                return true
            }
            if fails {
                throw CheckpointError(.unreadable, path: path, field: field, offset: offset, "reading failed: EIO")
            }
            try file.read(into: &bytes, byteCount: byteCount, at: offset, field: field)
        }

        func checkUnchanged(field: String) throws(CheckpointError) { try file.checkUnchanged(field: field) }
    }

    static let path = fixture("gguf/v3-q4_0.gguf")

    static func make(
        slots: Int, allowDirect: Bool = true
    ) throws -> (experts: PagedExperts, file: ScriptedFile, layer: Int, count: Int) {
        let source = try ModelSource.open(path)
        let bound = try source.bind()
        let plan = try #require(PagingPlan(bound, precision: .int8, activeExperts: 2))
        let file = ScriptedFile(try DirectFile(source.files[0], allowDirect: allowDirect))
        #expect(allowDirect || !file.file.isDirect)
        let layer = try #require(bound.routedExperts.first)
        let budget = MemoryBudget(limit: 1 << 28)
        let experts = try PagedExperts(
            bound, WeightLoader(source, precision: .int8, totalByteCount: 0), precision: .int8, plan: plan,
            slotCount: slots,
            disk: try DiskReader([file], stagingByteCount: plan.stagingByteCount, budget: budget),
            budget: budget, workers: WorkerPool(threadCount: 1), policy: LeastRecentlyUsed())
        experts.touchSlots()
        return (experts, file, layer.layer, layer.experts.count)
    }

    /// Experts in the order in which they were handed out, call by call.
    static func visit(_ experts: PagedExperts, _ layer: Int, _ numbers: [Int]) throws -> [[Int]] {
        var calls: [[Int]] = []
        try experts.visit(ExpertDemand(layer: layer, experts: numbers)) { calls.append($0.map(\.expert)) }
        return calls
    }

    static let field = "blk.1.ffn_up_exps.weight (layer 1, expert 2)"

    @Test func whatIsInSlotsComesFirstAndTheOldestLeaves() throws {
        let (experts, _, layer, count) = try Self.make(slots: 3)
        try #require(count >= 6)
        #expect(try Self.visit(experts, layer, [0, 1, 2]).joined().sorted() == [0, 1, 2])
        #expect(try Self.visit(experts, layer, [1, 2]) == [[1, 2]])
        #expect(try Self.visit(experts, layer, [2, 3]).first == [2])
        // 0 was the oldest.
        #expect(try Self.visit(experts, layer, [1, 3]) == [[1, 3]])
        let statistics = experts.statistics
        #expect(statistics.hitCount == 5 && statistics.missCount == 4)
        #expect(statistics.hitRate == 5.0 / 9)
        #expect(statistics.readByteCount > 0 && statistics.stalledSeconds >= 0)
    }

    @Test(arguments: [1, 2, 5]) func aLayerLargerThanTheCacheIsReadOnce(slots: Int) throws {
        let (experts, file, layer, count) = try Self.make(slots: slots)
        for _ in 0..<2 {
            let all = try Self.visit(experts, layer, Array(0..<count))
            #expect(all.joined().sorted() == Array(0..<count))
        }
        #expect(experts.statistics.hitCount + experts.statistics.missCount == 2 * count)
        #expect(file.fields.withLock { $0.count } == 3 * experts.statistics.missCount)
        #expect(experts.slots.freeSlotCount == 0)
    }

    @Test func oneFailureIsReadAgain() throws {
        let (experts, file, _, _) = try Self.make(slots: 4)
        file.failures.withLock { $0[Self.field] = 1 }
        #expect(try Self.visit(experts, 1, [1, 2, 3]).joined().sorted() == [1, 2, 3])
        #expect(experts.statistics.repeatedReadCount == 1)
        #expect(file.fields.withLock { fields in fields.count { $0 == Self.field } } == 2)
    }

    @Test func twoFailuresAreAnErrorAndTheNextVisitWorks() throws {
        let (experts, file, _, count) = try Self.make(slots: 4)
        for _ in 0..<3 {
            file.failures.withLock { $0[Self.field] = 2 }
            let error = #expect(throws: CheckpointError.self) { try Self.visit(experts, 1, Array(0..<count)) }
            #expect(error?.field == Self.field && error?.path == Self.path && error?.offset != nil)
            #expect(error?.code == .unreadable)
        }
        #expect(try Self.visit(experts, 1, Array(0..<count)).joined().sorted() == Array(0..<count))
        #expect(experts.slots.freeSlotCount == 0)
    }

    @Test func aVisitorThatThrowsLeavesNothingPinned() throws {
        let (experts, _, layer, count) = try Self.make(slots: 2)
        for _ in 0..<5 {
            #expect(throws: CancellationError.self) {
                try experts.visit(ExpertDemand(layer: layer, experts: [0, 1, 2, 3])) { ready in
                    if !ready.isEmpty { throw CancellationError() }
                }
            }
        }
        #expect(try Self.visit(experts, layer, Array(0..<count)).joined().sorted() == Array(0..<count))
    }

    @Test func filesWithoutDirectReadsWorkToo() throws {
        let (experts, _, layer, _) = try Self.make(slots: 2, allowDirect: false)
        #expect(try Self.visit(experts, layer, [0, 1]).joined().sorted() == [0, 1])
    }

    @Test func statisticsMayBeReadAtAnyTime() throws {
        let (experts, _, layer, count) = try Self.make(slots: 2)
        let isDone = SharedBool()
        let watcher = try #require(
            NamedThread("watcher") {
                var last = 0
                while !isDone.value.load(ordering: .relaxed) {
                    let now = experts.statistics
                    precondition(now.missCount >= last && now.hitRate <= 1)
                    last = now.missCount
                }
            })
        for _ in 0..<20 { _ = try Self.visit(experts, layer, Array(0..<count)) }
        isDone.value.store(true, ordering: .relaxed)
        watcher.join()
        #expect(experts.statistics.hitCount + experts.statistics.missCount == 20 * count)
    }

    @Test func theDiskIsMeasured() throws {
        let files = try ModelSource.open(Self.path).files
        #expect(try DiskProbe.measure(files, blockByteCount: 5000, for: .milliseconds(20)) > 0)
    }
}

private final class SharedBool: Sendable {
    let value = Atomic(false)
}
