import Checkpoint
import Glibc
import Kernels
import Memory
import Scratch
import Testing
import Tokenizer

@testable import Inference

/// Layers that share the bytes of another layer.
@Suite struct AliasTests {
    /// Stores in which the last layer has the bytes of the one before it.
    private static let fixtures = ["v3", "v3_fp8", "v2lite", "gguf/v3-q4_0.gguf"]

    /// A store of the fixture, and the same with shared bytes: once written out, once as aliases.
    private struct Stores {
        let original: ScratchStore
        let folder: ScratchFolder
        let writtenOut: String
        let aliased: String
        /// The layer that is another's alias.
        let alias: Int

        init(_ fixture: String) throws {
            original = try ScratchStore(fixture)
            folder = try ScratchFolder()
            let manifest = original.store.manifest
            alias = try #require(manifest.records.last).layer
            let (image, other) = (StoreImage(original.bytes), alias - 1)
            let written = try image.sharing(manifest, layer: alias, with: other, aliases: false)
            writtenOut = try folder.write(written.bytes, to: "written.minke")
            let sharing = try image.sharing(manifest, layer: alias, with: other, aliases: true)
            aliased = try folder.write(sharing.bytes, to: "aliased.minke")
        }
    }

    private static func logits(_ path: String, _ precision: Precision, limit: Int = 1 << 30) throws -> [Float] {
        let model = try Model.load(
            try ModelSource.open(path), budget: MemoryBudget(limit: limit), threadCount: 2, precision: precision)
        #expect((model.pagedExperts != nil) == (limit < 1 << 30))
        let prompt = (0..<12).map { TokenID(3 + 17 * $0) }
        return try model.forward(prompt, cache: model.makeCache(contextLength: 64), logits: .all).view.values
    }

    /// A limit of memory with which the experts of the store at `path` are paged.
    private static func pagingLimit(_ path: String, _ precision: Precision) throws -> Int {
        let source = try ModelSource.open(path)
        let bound = try source.bind()
        let limits = stride(from: 1 << 16, to: 2 * bound.byteCount + (16 << 20), by: 1 << 16)
        return try #require(
            limits.first { limit in
                let plan = try? MemoryPlan(bound, source.configuration, precision, threadCount: 2, available: limit)
                return plan?.paging != nil
            })
    }

    @Test(arguments: fixtures, Precision.allCases)
    func aliasesComputeWhatTheWrittenBytesDo(name: String, precision: Precision) throws {
        let stores = try Stores(name)
        let logits = try Self.logits(stores.writtenOut, precision)
        #expect(try Self.logits(stores.aliased, precision) == logits)
        #expect(try Self.logits(stores.original.path, precision) != logits, "the layers were the same before")
        let limit = try Self.pagingLimit(stores.aliased, precision)
        #expect(try Self.logits(stores.aliased, precision, limit: limit) == logits)
        let saved = try InputFile(path: stores.writtenOut).byteCount - InputFile(path: stores.aliased).byteCount
        #expect(saved >= stores.original.store.manifest.records[0].recordByteCount)
    }

    /// What is told of a model does not depend on how its bytes lie.
    @Test(arguments: fixtures) func aliasesCountAsWeights(name: String) throws {
        let stores = try Stores(name)
        let (aliased, written) = (try ModelSource.open(stores.aliased), try ModelSource.open(stores.writtenOut))
        #expect(try aliased.bind().byteCount == written.bind().byteCount)
        #expect(try aliased.bind().residentByteCount == written.bind().residentByteCount)
    }

    /// The manifest is written as it was read.
    @Test func aliasesAreWrittenAsTheyAreRead() throws {
        let stores = try Stores("v3")
        let store = try #require(try ModelSource.open(stores.aliased).store)
        #expect(store.manifest.jsonText == StoreImage(try ScratchFolder.bytes(stores.aliased)).manifest)
        #expect(store.manifest.tensors.contains { $0.sameAs != nil })
        #expect(store.manifest.records.last?.sameAs == stores.alias - 1)
    }

    /// A scan reads every byte once; whoever reads an alias is told its own name.
    @Test func damageIsFoundOnceAndNamedByWhoReadsIt() throws {
        let stores = try Stores("gguf/v3-q4_0.gguf")
        let source = try ModelSource.open(stores.aliased)
        let store = try #require(source.store)
        let pool = WorkerPool(threadCount: 2)
        let intact = try store.verify(pool: pool) { _, _ in }
        #expect(try intact.byteCount == InputFile(path: stores.aliased).byteCount && intact.damages == [])

        let (alias, own) = (stores.alias, stores.alias - 1)
        let bound = try source.bind()
        let expert = try #require(bound.routedExperts.first { $0.layer == alias }).experts[3].up
        let norm = try #require(bound.residentTensors.first { $0.name == "blk.\(alias).attn_norm.weight" }).tensor
        try Self.flip(stores.aliased, [expert.offset, norm.offset])
        #expect(CheckpointError.thrown { _ = try source.read(expert) }?.field == "blk.\(alias).ffn_up_exps.3")
        #expect(CheckpointError.thrown { _ = try source.read(norm) }?.field == "blk.\(alias).attn_norm.weight")
        let found = try store.verify(pool: pool) { _, _ in }
        #expect(found.damages.map(\.name) == ["blk.\(own).attn_norm.weight", "blk.\(own).ffn_up_exps.3"])
    }

    private static func flip(_ path: String, _ offsets: [Int]) throws {
        let bytes = try ScratchFolder.bytes(path)
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        for offset in offsets { #expect(pwrite(descriptor, [bytes[offset] ^ 1], 1, off_t(offset)) == 1) }
    }
}

extension StoreImage {
    /// The same with the bytes of layer `other` for all that `layer` has in the same form: as aliases or written out.
    func sharing(_ given: StoreManifest, layer: Int, with other: Int, aliases: Bool) throws -> StoreImage {
        var (image, manifest) = (self, given)
        (image.data, image.checksums) = ([], [])
        func append(_ extent: StoreManifest.Extent) {
            image.data += data[extent.offset..<extent.offset + extent.paddedByteCount]
            image.checksums += checksums[extent.firstChecksum..<extent.firstChecksum + extent.pieceCount]
        }
        for document in given.documents { append(document.extent) }
        for (index, tensor) in given.tensors.enumerated() {
            let target = Self.counterpart(of: tensor, layer, other, in: given)
            manifest.tensors[index].sameAs = aliases ? target?.name : nil
            if target == nil || !aliases { append((target ?? tensor).extent) }
        }
        for (index, records) in given.records.enumerated() {
            let target = records.layer == layer ? given.records.first { $0.layer == other } : nil
            manifest.records[index].sameAs = aliases ? target?.layer : nil
            guard target == nil || !aliases else { continue }
            for expert in 0..<records.count { (target ?? records).extents(of: expert).forEach(append) }
        }
        manifest.place()
        image.manifest = manifest.jsonText
        return image
    }

    /// The tensor of layer `other` that is what `tensor` is of `layer`.
    private static func counterpart(
        of tensor: StoreManifest.Tensor, _ layer: Int, _ other: Int, in manifest: StoreManifest
    ) -> StoreManifest.Tensor? {
        let prefix = "blk.\(layer)."
        guard tensor.name.hasPrefix(prefix) else { return nil }
        let name = "blk.\(other)." + tensor.name.dropFirst(prefix.count)
        return manifest.tensors.first { $0.name == name && $0.matrix == tensor.matrix }
    }
}
