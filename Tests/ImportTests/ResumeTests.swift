import Checkpoint
import Glibc
import Import
import Scratch
import Synchronization
import Testing

/// Imports that were broken off, as a process sees them that comes after (Tools/check_import.py kills real ones).
@Suite(.serialized) struct ResumeTests {
    /// The source in a folder of its own, and what an uninterrupted import makes of it.
    private struct Setting {
        let folder: ScratchFolder
        let expected: [UInt8]
        var sourcePath: String { folder.file("source") }
        var path: String { folder.file("model.minke") }

        init(_ name: String) throws {
            folder = try ScratchFolder()
            try folder.copy(Fixture.path(name), to: "source")
            expected = try ScratchFolder.bytes(
                try ImportTrial.importing(try ModelSource.open(folder.file("source")), to: folder.file("whole.minke")))
        }

        /// What an import leaves behind whose process dies when `share` of the source is done and some of it is noted.
        func breakOff(after share: Double) throws -> [UInt8] {
            let source = try ModelSource.open(sourcePath)
            var options = ImportOptions.lossless
            options.threadCount = 1
            options.noteInterval = .zero
            let importer = try Importer(source, options)
            let copy = Mutex<[UInt8]>([])
            let limit = Int(Double(importer.sourceByteCount) * share)
            let partial = path + ".partial"
            try importer.run(to: path) { progress in
                guard progress.processed >= limit else { return }
                copy.withLock { copy in
                    // Which unit is done first is chance; a note may have to wait for one.
                    guard (ResumeTests.notedUnits(copy) ?? 0) == 0 else { return }
                    copy = (try? ScratchFolder.bytes(partial)) ?? []
                }
            }
            unlink(path)
            return copy.withLock { $0 }
        }

        /// Imports with `partial` in place; returns the number of units that were made, and the file.
        func resume(_ partial: [UInt8]) throws -> (units: Int, bytes: [UInt8]) {
            try folder.write(partial, to: "model.minke.partial")
            let units = Atomic(0)
            try Importer(try ModelSource.open(sourcePath), .lossless).run(to: path) { _ in
                units.add(1, ordering: .relaxed)
            }
            defer { unlink(path) }
            return (units.load(ordering: .relaxed), try ScratchFolder.bytes(path))
        }
    }

    /// Units that a partial file's journal says are done.
    private static func notedUnits(_ partial: [UInt8]) -> Int? {
        partial.starts(with: Array("MINKEPRT".utf8)) ? StoreImage.number(partial, 40, 8) : nil
    }

    @Test(arguments: ["llama-sharded", "qwen2"]) func whatIsDoneIsNotDoneAgain(name: String) throws {
        let setting = try Setting(name)
        let all = try setting.resume([]).units
        for share in [0.3, 0.6, 0.9] {
            let partial = try setting.breakOff(after: share)
            #expect(throws: CheckpointError.self) {
                _ = try ModelSource.open(try setting.folder.write(partial, to: "partial.minke"))
            }
            let noted = try #require(Self.notedUnits(partial))
            let (units, bytes) = try setting.resume(partial)
            #expect(bytes == setting.expected)
            #expect(noted > 0 && units == all - noted, "\(units) of \(all), \(noted) noted")
        }
        #expect(!setting.folder.names.contains("model.minke.partial"))
    }

    @Test(arguments: ["llama-sharded"]) func aDamagedPartialFileIsNotBuiltUpon(name: String) throws {
        let setting = try Setting(name)
        let partial = try setting.breakOff(after: 0.7)
        var random = SeededRandom(seed: 3)
        for round in 0..<16 {
            var bytes = partial
            switch round % 4 {
            case 0: bytes.removeLast(1 + random.below(bytes.count))
            case 1: for _ in 0..<20 { bytes[random.below(bytes.count)] ^= UInt8(1 + random.below(255)) }
            // Manifest and checksums to be, where little is and much depends on it.
            case 2: for _ in 0..<20 { bytes[4096 + random.below(28 << 10)] ^= UInt8(1 + random.below(255)) }
            default:
                let start = random.below(bytes.count)
                for index in start..<min(start + 50_000, bytes.count) { bytes[index] = UInt8(random.below(256)) }
            }
            #expect(try setting.resume(bytes).bytes == setting.expected, "round \(round)")
        }
        #expect(try setting.resume([]).bytes == setting.expected)
        #expect(try setting.resume(partial + partial).bytes == setting.expected)
    }

    /// The process died after the manifest was written over the digests of the source's files.
    @Test func digestsThatWereWrittenOverAreMadeAgain() throws {
        let setting = try Setting("llama-sharded")
        var partial = try setting.breakOff(after: 1)
        let header = try #require(try ModelSource.open(setting.folder.file("whole.minke")).store).header
        let manifest = 4096..<4096 + header.manifestByteCount
        partial.replaceSubrange(manifest, with: setting.expected[manifest])
        #expect(try setting.resume(partial).bytes == setting.expected)
    }

    /// Another tokenizer of the same length, another time of a file, other formats: not the same import.
    @Test func anotherSourceStartsAgain() throws {
        let setting = try Setting("llama-sharded")
        let partial = try setting.breakOff(after: 0.8)
        let name = "source/tokenizer_config.json"
        var text = try ScratchFolder.bytes(setting.folder.file(name))
        let last = try #require(text.lastIndex(of: UInt8(ascii: "}")))
        text[last...] = [UInt8(ascii: "}")]
        let space = try #require(text.firstIndex(of: UInt8(ascii: " ")))
        text[space] = UInt8(ascii: "\n")
        try setting.folder.write(text, to: name)
        let fresh = try ScratchFolder.bytes(
            try ImportTrial.importing(
                try ModelSource.open(setting.sourcePath), to: setting.folder.file("fresh.minke")))
        #expect(fresh != setting.expected)
        #expect(try setting.resume(partial).bytes == fresh)

        let again = try setting.breakOff(after: 0.8)
        let weights = "source/model-00001-of-00002.safetensors"
        var changed = try ScratchFolder.bytes(setting.folder.file(weights))
        changed[changed.count - 2] ^= 1
        try setting.folder.write(changed, to: weights)
        let third = try ScratchFolder.bytes(
            try ImportTrial.importing(
                try ModelSource.open(setting.sourcePath), to: setting.folder.file("third.minke")))
        let all = try setting.resume([]).units
        let (units, bytes) = try setting.resume(again)
        #expect(bytes == third && bytes != fresh)
        #expect(units == all)
    }
}
