import Checkpoint
import Inference
import Kernels
import Memory
import Testing
import Tokenizer

/// No byte of a store can change without being noticed, and being named, before it is used.
@Suite(.serialized) struct BitFlipTests {
    private static let fixture = "gguf/v3-q4_0.gguf"

    /// Half of the places evenly over all bytes, half evenly over the kinds of part: most bytes are experts.
    private static func places(_ map: StoreMap, byteCount: Int) -> [(offset: Int, bit: Int)] {
        var random = SeededRandom(seed: 4)
        let sections = StoreMap.Section.allCases
        return (0..<2000).map { index in
            if index % 2 == 0 { return (random.below(byteCount), random.below(8)) }
            let ranges = map.bytes(sections[index / 2 % sections.count])
            let range = ranges[random.below(ranges.count)]
            return (range.lowerBound + random.below(range.count), random.below(8))
        }
    }

    @Test func everyFlippedBitIsFoundAndNamed() throws {
        let scratch = try ScratchStore(Self.fixture)
        let pool = WorkerPool(threadCount: 2)
        var counts: [StoreMap.Section: Int] = [:]
        for (index, place) in Self.places(scratch.map, byteCount: scratch.bytes.count).enumerated() {
            let part = try #require(scratch.map.part(at: place.offset))
            counts[part.section, default: 0] += 1
            try scratch.flipping([place]) {
                let isData = place.offset >= scratch.store.header.dataOffset
                let error = CheckpointError.thrown {
                    // What lies before the data is read at opening, and the same for a flip in the data.
                    if !isData { _ = try ModelSource.open(scratch.path) } else { try scratch.readAll() }
                }
                Self.expect(error, names: part, flipped: place.offset)
                guard isData else { return }
                let found = try scratch.store.verify(pool: pool) { _, _ in }
                #expect(found.byteCount == scratch.bytes.count)
                #expect(
                    found.damages.map(\.name) == [part.name] && found.damages.map(\.offset) == [part.range.lowerBound])
                if index % 40 == 0 { try Self.expectUnusable(scratch.path, part) }
            }
        }
        #expect(StoreMap.Section.allCases.dropLast().allSatisfy { counts[$0, default: 0] > 100 }, "\(counts)")
        try scratch.readAll()
    }

    /// A document that is damaged gives no tokenizer.
    @Test(arguments: ["gguf/v3-q8_0.gguf", "v3"]) func damagedTextGivesNoTokenizer(name: String) throws {
        let scratch = try ScratchStore(name)
        for document in scratch.store.manifest.documents where document.name != "generation_config.json" {
            let offset = scratch.store.header.dataOffset + document.extent.offset + document.extent.byteCount / 2
            try scratch.flipping([(offset, 3)]) {
                let error = CheckpointError.thrown {
                    _ = try scratch.store.document(document.name)
                    Issue.record("\(document.name) was read")
                }
                #expect(error?.code == .corrupt && error?.field == document.name)
                guard document.name.hasPrefix("tokenizer") || document.name == PackedStore.ggufDocument else { return }
                #expect(throws: CheckpointError.self) { _ = try ModelText.open(scratch.path) }
            }
        }
    }

    @Test func severalFlipsAreAllFound() throws {
        let scratch = try ScratchStore(Self.fixture)
        let pool = WorkerPool(threadCount: 3)
        let data = scratch.store.header.dataOffset
        var random = SeededRandom(seed: 9)
        for _ in 0..<60 {
            var places: [Int: Int] = [:]
            for _ in 0..<2 + random.below(7) {
                places[data + random.below(scratch.bytes.count - data)] = random.below(8)
            }
            let flips = places.map { (offset: $0.key, bit: $0.value) }
            let expected = Set(flips.compactMap { scratch.map.part(at: $0.offset)?.range.lowerBound }).sorted()
            try scratch.flipping(flips) {
                #expect(throws: CheckpointError.self) { try scratch.readAll() }
                let found = try scratch.store.verify(pool: pool) { _, _ in }
                #expect(found.damages.map(\.offset) == expected)
            }
        }
    }

    /// Bytes that are valid elsewhere: an expert in another's place, of the same layer or not, a matrix in another's.
    @Test func exchangedPartsAreFound() throws {
        let scratch = try ScratchStore(Self.fixture)
        let pool = WorkerPool(threadCount: 2)
        let parts = scratch.map.parts.filter { $0.section == .record || $0.section == .tensor }
        var exchanged = 0
        for (index, first) in parts.enumerated() {
            guard
                let second = parts[(index + 1)...].first(where: {
                    $0.section == first.section && $0.range.count == first.range.count
                        && scratch.bytes[$0.range] != scratch.bytes[first.range]
                })
            else { continue }
            let swap = [
                (first.range.lowerBound, Array(scratch.bytes[second.range])),
                (second.range.lowerBound, Array(scratch.bytes[first.range])),
            ]
            try scratch.changing(swap) {
                let found = try scratch.store.verify(pool: pool) { _, _ in }
                #expect(found.damages.map(\.name).sorted() == [first.name, second.name].sorted())
                #expect(throws: CheckpointError.self) { try scratch.readAll() }
            }
            exchanged += 1
        }
        #expect(exchanged > 20)
        let layers = try #require(scratch.store.manifest.records.count > 1 ? scratch.store.manifest.records : nil)
        let data = scratch.store.header.dataOffset
        let record = scratch.bytes[data + layers[1].offset..<data + layers[1].offset + layers[1].recordByteCount]
        try scratch.changing([(data + layers[0].offset, Array(record))]) {
            let found = try scratch.store.verify(pool: pool) { _, _ in }
            #expect(
                found.damages.map(\.name) == ["gate", "up", "down"].map { "blk.\(layers[0].layer).ffn_\($0)_exps.0" })
        }
    }

    private static func expect(_ error: CheckpointError?, names part: StoreMap.Part, flipped offset: Int) {
        // Another magic is another kind of file.
        let isMagic = offset < StoreHeader.magic.count
        #expect(
            error?.code == (isMagic ? .malformed : .corrupt),
            "byte \(offset) of \(part.name): \(String(describing: error))")
        #expect(error?.field == (isMagic ? "magic" : part.name), "byte \(offset)")
    }

    /// The whole way of a model, from the file on.
    private static func expectUnusable(_ path: String, _ part: StoreMap.Part) throws {
        let error = CheckpointError.thrown {
            let source = try ModelSource.open(path)
            if part.section == .document { _ = try ModelText(source) }
            let model = try Model.load(source, budget: MemoryBudget(limit: 1 << 30), threadCount: 1)
            guard part.name == "token_embd.weight" else { return }
            // Rows of embeddings are read when a token needs them.
            for token in 0..<model.configuration.vocabSize {
                _ = try model.forward([TokenID(token)], cache: model.makeCache(contextLength: 1), logits: .none)
            }
        }
        #expect(error?.code == .corrupt && error?.field == part.name, "\(part.name): \(String(describing: error))")
    }
}
