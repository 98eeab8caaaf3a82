import Checkpoint
import Glibc
import Kernels
import Memory
import Synchronization
import Testing
import Tokenizer

@testable import ExpertStore
@testable import Inference

/// A disk that fails at any moment of a generation: the right error soon, nothing lost, and never a wrong token.
@Suite(.serialized) struct DiskFaultTests {
    enum Fault: String, CaseIterable {
        /// Two attempts fail.
        case inputOutputError
        /// Only the first one does.
        case passingError
        /// The file ends in the middle.
        case shortRead
        /// Other bytes than were written, twice.
        case wrongBytes
        /// Nothing happens for some time.
        case stall
    }

    /// A file with one fault at the read number `due`.
    final class FaultyFile: PageFile {
        private let file: DirectFile
        private struct State {
            var readCount = 0
            var due = Int.max
            var fault = Fault.stall
            /// The part that the fault is about, once it has happened, and when.
            var victim: (field: String, attemptCount: Int, since: ContinuousClock.Instant)?
        }
        private let state = Mutex(State())

        init(_ file: DirectFile) { self.file = file }

        var path: String { file.path }
        var isDirect: Bool { file.isDirect }
        var readCount: Int { state.withLock { $0.readCount } }
        var victim: (field: String, since: ContinuousClock.Instant)? {
            state.withLock { $0.victim.map { ($0.field, $0.since) } }
        }

        func arm(_ fault: Fault, after count: Int) {
            state.withLock { $0 = State(due: count, fault: fault) }
        }

        /// Whether this read goes wrong.
        private func happens(_ field: String) -> Fault? {
            state.withLock { state in
                state.readCount += 1
                if let victim = state.victim {
                    guard victim.field == field, victim.attemptCount == 1, state.fault != .passingError,
                        state.fault != .stall
                    else { return nil }
                    state.victim?.attemptCount = 2
                    state.victim?.since = .now
                    return state.fault
                }
                guard state.readCount >= state.due else { return nil }
                state.victim = (field, 1, .now)
                return state.fault
            }
        }

        func read(
            into bytes: inout MutableRawSpan, byteCount: Int, at offset: Int, field: String
        ) throws(CheckpointError) {
            let fault = happens(field)
            switch fault {
            case .inputOutputError, .passingError:
                throw CheckpointError(.unreadable, path: path, field: field, offset: offset, "reading failed: EIO")
            case .shortRead:
                throw CheckpointError(.truncated, path: path, field: field, offset: offset, "the file became shorter")
            case .stall: usleep(UInt32(DiskFaultTests.stallMilliseconds) * 1000)
            case .wrongBytes, nil: break
            }
            try file.read(into: &bytes, byteCount: byteCount, at: offset, field: field)
            if fault == .wrongBytes {
                bytes.withUnsafeMutableBytes { $0[byteCount / 2] ^= 0x10 }
            }
        }

        func checkUnchanged(field: String) throws(CheckpointError) { try file.checkUnchanged(field: field) }
    }

    /// Ten seconds in the long run (MINKE_LONG_STALLS=1), a fraction otherwise.
    static let stallMilliseconds = getenv("MINKE_LONG_STALLS") == nil ? 150 : 10_000

    /// Thirty-two tokens, greedily, and the logits of the last.
    static func generate(_ model: Model) throws -> (tokens: [TokenID], logits: [Float]) {
        let cache = model.makeCache(contextLength: 48)
        var logits = try model.forward(Array(PagedModelTests.prompt.prefix(8)), cache: cache).values(row: 0)
        var tokens: [TokenID] = []
        for _ in 0..<32 {
            let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
            tokens.append(TokenID(best))
            logits = try model.forward([TokenID(best)], cache: cache).values(row: 0)
        }
        return (tokens, logits)
    }

    /// A store's model in the least memory, with some layers streamed or none, that reads through a faulty file.
    static func withModel(streams: Bool, _ body: (Model, FaultyFile) throws -> Void) throws {
        try PagedStoreTests.withStore(of: "v3") { path in
            if streams {
                var file: FaultyFile?
                let models = try PagedModelTests.streaming(path, .int8, threads: 2) { source in
                    file = FaultyFile(try DirectFile(source.files[0]))
                    return file.map { [$0] }
                }
                // All of its layers are streamed.
                return try body(try #require(models.last), try #require(file))
            }
            let source = try ModelSource.open(path)
            let file = FaultyFile(try DirectFile(source.files[0]))
            let budget = MemoryBudget(limit: try PagedModelTests.budgets(source, .int8, threads: 2)[0])
            do {
                let model = try Model.load(source, budget: budget, threadCount: 2, precision: .int8, files: [file])
                try body(model, file)
            }
            #expect(budget.availableByteCount == budget.limit)
        }
    }

    @Test(arguments: Fault.allCases, [false, true]) func everyReadMayFail(fault: Fault, streams: Bool) throws {
        try Self.withModel(streams: streams) { model, file in
            let expected = try Self.generate(model)
            let before = file.readCount
            _ = try Self.generate(model)
            let readCount = file.readCount - before
            let slots = try #require(model.pagedExperts?.slotCount)
            let step = max(1, readCount / (fault == .stall ? 4 : 24))
            for due in stride(from: 1, to: readCount, by: step) {
                file.arm(fault, after: due)
                let result = Result { try Self.generate(model) }
                let end = ContinuousClock.now
                if let victim = file.victim {
                    switch (fault, result) {
                    case (.passingError, .success(let found)), (.stall, .success(let found)):
                        #expect(found == expected, "read \(due)")
                    case (.inputOutputError, .failure(let error as CheckpointError)):
                        #expect(error.code == .unreadable && error.field == victim.field)
                    case (.shortRead, .failure(let error as CheckpointError)):
                        #expect(error.code == .truncated && error.field == victim.field)
                    case (.wrongBytes, .failure(let error as CheckpointError)):
                        #expect(error.code == .corrupt && error.field == victim.field)
                    case (_, .success(let found)):
                        // It was read ahead in vain, or is missed by nobody.
                        #expect(found == expected, "read \(due) of \(victim.field)")
                    case (_, .failure(let error)): Issue.record("read \(due): \(error)")
                    }
                    if case .failure = result { #expect(end - victim.since < .seconds(1)) }
                }
                file.arm(.stall, after: .max)
                #expect(try Self.generate(model) == expected, "after a fault at read \(due)")
            }
            // All slots are there, none is held by a read that failed.
            if let experts = model.pagedExperts {
                let inUse = experts.state.withLock { $0.cache.slotsInUse }
                #expect(inUse <= slots && experts.slots.freeSlotCount == slots - inUse)
            }
        }
    }
}
