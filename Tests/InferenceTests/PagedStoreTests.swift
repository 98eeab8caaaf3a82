import Checkpoint
import ExpertStore
import Glibc
import Import
import Kernels
import Memory
import Testing

@testable import Inference

/// Packed stores, whose experts are read straight into slots and compared with their checksums.
@Suite(.serialized) struct PagedStoreTests {
    /// Runs `body` with a packed store made of a fixture.
    static func withStore(of name: String, _ body: (String) throws -> Void) throws {
        let path = "/tmp/minke-paged-\(getpid())-\(UInt32.random(in: 0 ... .max)).minke"
        defer { unlink(path) }
        let importer = try Importer(try ModelSource.open(Fixture.path(name)), ImportOptions(threadCount: 2))
        try importer.run(to: path) { _ in }
        try body(path)
    }

    @Test(
        arguments: ["gguf/v3-q4_0.gguf", "gguf/v3-q8_0.gguf", "gguf/glm47flash-q8_0.gguf", "v2lite", "v3_fp8"],
        Precision.allCases)
    func everyBudgetGivesTheSameLogits(name: String, precision: Precision) throws {
        try Self.withStore(of: name) { path in
            let source = try ModelSource.open(path)
            let expected = try PagedModelTests.logits(try PagedModelTests.load(path, 1 << 30, precision))
            for limit in try PagedModelTests.budgets(source, precision, threads: 2) {
                let model = try PagedModelTests.load(path, limit, precision)
                let paged = try #require(model.pagedExperts)
                #expect(try PagedModelTests.logits(model) == expected, "\(paged.slotCount) slots")
                #expect(paged.statistics.missCount > 0)
            }
        }
    }

    @Test func aWrongByteIsAnErrorThatNamesTheExpert() throws {
        try Self.withStore(of: "gguf/v3-q4_0.gguf") { path in
            let source = try ModelSource.open(path)
            let least = try PagedModelTests.budgets(source, .int8, threads: 2)[0]
            let layer = try #require(try source.bind().routedExperts.last)
            let model = try PagedModelTests.load(path, least, .int8)
            let expected = try PagedModelTests.logits(model)
            for expert in layer.experts { try Self.flip(path, at: expert.up.offset + 5) }
            let error = #expect(throws: CheckpointError.self) { try PagedModelTests.logits(model) }
            #expect(error?.code == .corrupt && error?.path == path)
            #expect(error?.field.hasPrefix("blk.\(layer.layer).ffn_up_exps.") == true)
            #expect(layer.experts.contains { $0.up.offset == error?.offset })
            for expert in layer.experts { try Self.flip(path, at: expert.up.offset + 5) }
            #expect(try PagedModelTests.logits(model) == expected)
        }
    }

    /// Changes a bit of the file in place.
    static func flip(_ path: String, at offset: Int) throws {
        let descriptor = open(path, O_RDWR)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var byte: UInt8 = 0
        try #require(pread(descriptor, &byte, 1, off_t(offset)) == 1)
        byte ^= 4
        try #require(pwrite(descriptor, &byte, 1, off_t(offset)) == 1)
    }
}
