import Checkpoint
import Glibc
import Kernels
import Memory
import Testing
import Tokenizer

@testable import ExpertStore
@testable import Inference

/// Models whose experts are read from disk compute what models in memory compute, bit for bit.
@Suite(.serialized) struct PagedModelTests {
    static let prompt = (0..<24).map { TokenID(3 + 17 * $0) }

    /// Budgets from the least that is accepted to the most with which experts are still paged.
    static func budgets(
        _ source: ModelSource, _ precision: Precision, threads: Int, count: Int = 3
    ) throws -> [Int] {
        let bound = try source.bind()
        let most = 2 * bound.byteCount + (12 << 20)
        var bySlots: [Int: Int] = [:]
        for available in stride(from: most, to: 0, by: -most / 200) {
            let plan = try? MemoryPlan(
                bound, source.configuration, precision, threadCount: threads, available: available)
            if let plan, let paging = plan.paging, plan.streaming == nil { bySlots[paging.slotCount] = available }
        }
        let counts = bySlots.keys.sorted()
        try #require(!counts.isEmpty, "no budget pages")
        return Set((0..<count).map { counts[$0 * (counts.count - 1) / (count - 1)] }).sorted().compactMap {
            bySlots[$0]
        }
    }

    /// Models with one, some and all layers streamed, in whatever memory that takes: small models gain nothing by it, so
    /// that no budget leads there.
    static func streaming(
        _ path: String, _ precision: Precision, threads: Int, options: PagingOptions = .cold,
        files: (ModelSource) throws -> [any PageFile]? = { _ in nil }
    ) throws -> [Model] {
        let source = try ModelSource.open(path)
        let bound = try source.bind()
        let candidates = StreamingPlan.candidates(bound, precision: precision)
        let limit = bound.routedExperts.isEmpty ? 1 << 28 : try budgets(source, precision, threads: threads)[0]
        return try Set([1, (candidates.count + 1) / 2, candidates.count]).sorted().map { count in
            var plan = try MemoryPlan(
                bound, source.configuration, precision, threadCount: threads, available: limit)
            plan.streaming = candidates[count - 1]
            plan.residentByteCount -= candidates[count - 1].streamedByteCount
            return try Model.load(
                source, bound, plan, budget: MemoryBudget(limit: 1 << 30), threadCount: threads, precision: precision,
                paging: options, files: try files(source))
        }
    }

    static func load(
        _ path: String, _ limit: Int, _ precision: Precision, threads: Int = 2, paging: PagingOptions = .cold
    ) throws -> Model {
        try Model.load(
            try ModelSource.open(path), budget: MemoryBudget(limit: limit), threadCount: threads, precision: precision,
            paging: paging)
    }

    /// Logits after every token of the prompt, in chunks, and then of a few tokens one by one.
    static func logits(_ model: Model, chunk: Int = 16) throws -> [Float] {
        let cache = model.makeCache(contextLength: 64)
        var all: [Float] = []
        for start in stride(from: 0, to: prompt.count, by: chunk) {
            let part = Array(prompt[start..<min(start + chunk, prompt.count)])
            all += try model.forward(part, cache: cache, logits: .last).values(row: 0)
        }
        for token in prompt.prefix(4) { all += try model.forward([token], cache: cache).values(row: 0) }
        return all
    }

    static func openFileCount() -> Int { Folder.names(in: "/proc/self/fd").count }

    @Test(
        arguments: [
            "v3", "v2lite", "v3_fp8", "v3-mxfp4", "kimik2", "gguf/v3-q4_0.gguf", "gguf/v3-q8_0.gguf",
            "gguf/v3-mxfp4.gguf",
            "gguf/v3-f32.gguf", "gguf/v2lite-f16.gguf", "gguf-split/v3-q4_0-00001-of-00003.gguf",
            "gguf-variants/v3-f32-fused.gguf",
        ], Precision.allCases)
    func everyBudgetGivesTheSameLogits(name: String, precision: Precision) throws {
        let path = Fixture.path(name)
        let source = try ModelSource.open(path)
        let resident = try Self.load(path, 1 << 30, precision)
        #expect(resident.pagedExperts == nil)
        let expected = try Self.logits(resident)
        for threads in [1, 2, 4] {
            for limit in try Self.budgets(source, precision, threads: threads) {
                let model = try Self.load(path, limit, precision, threads: threads)
                let paged = try #require(model.pagedExperts)
                #expect(try Self.logits(model) == expected, "\(paged.slotCount) slots, \(threads) threads")
                #expect(
                    try Self.logits(model, chunk: 5).suffix(expected.count / 6) == expected.suffix(expected.count / 6))
                #expect(paged.statistics.missCount > 0 && paged.statistics.readByteCount > 0)
            }
        }
    }

    @Test(
        arguments: [
            "v3", "v2lite", "v3_fp8", "v3-mxfp4", "gguf/v3-q4_0.gguf", "gguf/glm47flash-q8_0.gguf", "qwen2",
            "llama-f16",
            "gguf-variants/v3-f32-fused.gguf",
        ], Precision.allCases)
    func layersThatAreReadForEveryTokenGiveTheSameLogits(name: String, precision: Precision) throws {
        let path = Fixture.path(name)
        let expected = try Self.logits(try Self.load(path, 1 << 30, precision))
        for threads in [1, 2] {
            for model in try Self.streaming(path, precision, threads: threads) {
                let ring = try #require(model.layerRing)
                #expect(try Self.logits(model) == expected, "\(ring.layerCount) layers, \(threads) threads")
                #expect(ring.statistics.readByteCount > 0)
                // A pass that ends early leaves the ring at another layer.
                var layers = 0
                #expect(throws: CancellationError.self) {
                    _ = try model.forward([5], cache: model.makeCache(contextLength: 8)) {
                        layers += 1
                        return layers > 1
                    }
                }
                #expect(try Self.logits(model) == expected, "after a cancelled pass")
            }
        }
    }

    /// The promise of the paged engine: tokens follow from model, prompt and seed alone.
    @Test func tokensDependOnNothingElse() throws {
        try PagedStoreTests.withStore(of: "v3") { path in
            defer { unlink(path + ".usage") }
            let source = try ModelSource.open(path)
            let expected = try Self.logits(try Self.load(path, 1 << 30, .int8))
            for threads in [1, 2, 4] {
                let budgets = try Self.budgets(source, .int8, threads: threads, count: 5)
                #expect(budgets.count == 5)
                for readsAhead in [false, true] {
                    for policy in [PolicyName.expected, .lru] {
                        let options = PagingOptions(policy: policy, readsAhead: readsAhead)
                        func check(_ model: Model, _ what: String) throws {
                            #expect(
                                try Self.logits(model) == expected,
                                "\(what), \(threads) threads, \(policy), ahead: \(readsAhead)")
                            try model.rememberUsage()
                        }
                        // Cold the first time, then with what was remembered.
                        unlink(path + ".usage")
                        for limit in budgets + budgets {
                            try check(
                                try Self.load(path, limit, .int8, threads: threads, paging: options), "\(limit) bytes")
                        }
                        for model in try Self.streaming(path, .int8, threads: threads, options: options) {
                            try check(model, "\(model.layerRing?.layerCount ?? 0) layers streamed")
                        }
                    }
                }
            }
        }
    }

    @Test func aBudgetThatIsTooSmallIsRefusedWithTheSum() throws {
        let path = Fixture.path("gguf/v3-q4_0.gguf")
        let least = try Self.budgets(try ModelSource.open(path), .int8, threads: 2)[0]
        let error = #expect(throws: MemoryError.self) { try Self.load(path, least / 4, .int8) }
        #expect(error?.code == .overBudget)
        #expect(error?.message.contains("experts at a time") == true)
    }

    /// A file that is cut off or overwritten while it is in use, and restored.
    @Test(arguments: [true, false]) func aDamagedFileIsAnErrorThatNamesTheExpert(isCutOff: Bool) throws {
        let bytes = try Fixture.bytes("gguf/v3-q4_0.gguf")
        let path = "/tmp/minke-paging-\(getpid())-\(isCutOff).gguf"
        defer { unlink(path) }
        try Self.write(bytes, to: path)
        var status = stat()
        try #require(stat(path, &status) == 0)
        let least = try Self.budgets(try ModelSource.open(path), .int8, threads: 2)[0]
        let expected = try Self.logits(try Self.load(path, 1 << 30, .int8))
        let model = try Self.load(path, least, .int8)
        #expect(try Self.logits(model) == expected)
        if isCutOff {
            truncate(path, off_t(bytes.count / 3))
        } else {
            try Self.write(bytes.map { $0 ^ 1 }, to: path)
        }
        let error = #expect(throws: CheckpointError.self) { try Self.logits(model) }
        #expect(error?.path == path)
        #expect(error?.code == (isCutOff ? .truncated : .corrupt))
        #expect(error?.field.contains("_exps.weight (layer ") == true || error?.field == "token_embd.weight")
        try Self.write(bytes, to: path)
        let times = [status.st_atim, status.st_mtim]
        try #require(utimensat(AT_FDCWD, path, times, 0) == 0)
        #expect(try Self.logits(model) == expected)
    }

    @Test func nothingIsLeftBehind() throws {
        let path = Fixture.path("gguf/v3-q4_0.gguf")
        let least = try Self.budgets(try ModelSource.open(path), .int8, threads: 2)[0]
        let budget = MemoryBudget(limit: least)
        let before = Self.openFileCount()
        for _ in 0..<3 {
            let model = try Model.load(
                try ModelSource.open(path), budget: budget, threadCount: 2, precision: .int8)
            _ = try Self.logits(model)
            #expect(Self.openFileCount() > before)
        }
        #expect(Self.openFileCount() == before)
        #expect(budget.availableByteCount == budget.limit)
    }

    /// Overwrites in place: those who have the file open see it.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        try #require(written == bytes.count && ftruncate(descriptor, off_t(bytes.count)) == 0)
    }
}
