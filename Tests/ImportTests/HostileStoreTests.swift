import Checkpoint
import Glibc
import Import
import Inference
import JSON
import Scratch
import Testing
import Timing

/// Hand-made stores: each gives a typed error that names the field at fault, soon and in little memory.
@Suite(.serialized) struct HostileStoreTests {
    /// A tiny model with experts, as a store.
    private static let base: [UInt8] = {
        guard let folder = try? ScratchFolder(),
            let source = try? ModelSource.open(Fixture.path("good/deepseek2.gguf")),
            let path = try? ImportTrial.importing(source, to: folder.file("base.minke"))
        else { return [] }
        return (try? ScratchFolder.bytes(path)) ?? []
    }()

    /// Opens and binds `path` as `minke show` does; the error it gives in the end.
    private static func error(_ path: String) -> CheckpointError? {
        do throws(CheckpointError) {
            _ = try ModelSource.open(path).bind()
            return nil
        } catch {
            return error
        }
    }

    @Test func thereAreEnough() { #expect(HostileStore.all.count >= 100) }

    @Test func theStoreTheyAreMadeFromIsAccepted() throws {
        let folder = try ScratchFolder()
        #expect(Self.error(try folder.write(Self.base, to: "base.minke")) == nil)
        #expect(StoreImage(Self.base).bytes == Self.base)
        var edited = StoreImage(Self.base)
        try edited.set("licence", "MIT")
        #expect(Self.error(try folder.write(edited.bytes, to: "edited.minke")) == nil)
    }

    @Test(arguments: HostileStore.all) func isRefusedByName(hostile: HostileStore) throws {
        let folder = try ScratchFolder()
        var image = StoreImage(Self.base)
        try hostile.change(&image)
        let path = try folder.write(image.bytes, to: "x.minke")
        let clock = ContinuousClock()
        var (fastest, least) = (Duration.seconds(1), Int.max)
        // The best of some: others share the processors and the memory.
        for _ in 0..<5 {
            let before = PeakMemory.reset()
            let start = clock.now
            let error = Self.error(path)
            fastest = min(fastest, clock.now - start)
            least = min(least, PeakMemory.byteCount() - before)
            #expect(error?.code == hostile.code, "\(String(describing: error))")
            #expect(error?.field.hasPrefix(hostile.field) == true, "\(String(describing: error))")
            #expect(error?.path == path && error?.message.isEmpty == false)
        }
        #expect(fastest < .milliseconds(50) * slowness, "took \(fastest)")
        #expect(least < 16 << 20, "took \(least) bytes")
    }

    /// Longer than any tokenizer: known when it is opened, refused when it is read, before there is memory for it.
    @Test func aLongDocumentIsNotRead() throws {
        let folder = try ScratchFolder()
        var image = StoreImage(Self.base)
        let surplus = 65 << 20
        try image.set("documents.0.bytes", JSONValue(surplus + 1))
        for part in ["tensors", "experts"] {
            for index in 0..<(try image.value(part)?.arrayValue?.count ?? 0) {
                let old = try image.value("\(part).\(index).offset")?.intValue ?? 0
                try image.set("\(part).\(index).offset", JSONValue(old + surplus))
            }
        }
        image.headerLies.append((16, StoreImage.bytes(of: UInt64(image.bytes.count + surplus))))
        let path = try folder.write(image.bytes, to: "x.minke")
        #expect(truncate(path, image.bytes.count + surplus) == 0)
        let source = try ModelSource.open(path)
        let before = PeakMemory.reset()
        let error = #expect(throws: CheckpointError.self) { _ = try ModelText(source) }
        #expect(error?.code == .limitExceeded && error?.field == PackedStore.ggufDocument)
        #expect(PeakMemory.byteCount() - before < 16 << 20)
    }

    /// What few bytes describe again and again is bounded too, before there is memory for it.
    @Test func aModelOfTooManyAliasesIsRefused() throws {
        let folder = try ScratchFolder()
        var image = StoreImage(Self.base)
        let count = 1 << 17
        guard let record = try image.value("experts.0.record")?.intValue,
            let offset = try image.value("experts.0.offset")?.intValue
        else { throw ScratchFolder.Failure() }
        try image.set("experts.0.count", JSONValue(count))
        try image.set("experts.1.count", JSONValue(count))
        try image.alias(1, 0)
        // 3 · 2¹⁷ matrices for each of three layers are more than 2²⁰.
        let last = try #require(try image.value("experts.1"))
        try image.set("experts.2", last)
        try image.set("experts.2.layer", 2)
        image.data.removeSubrange(offset...)
        let byteCount = image.bytes.count + count * record
        image.headerLies.append((16, StoreImage.bytes(of: UInt64(byteCount))))
        let path = try folder.write(image.bytes, to: "x.minke")
        #expect(truncate(path, byteCount) == 0)
        let before = PeakMemory.reset()
        let error = Self.error(path)
        #expect(error?.code == .limitExceeded && error?.field == "experts of layer 2")
        #expect(PeakMemory.byteCount() - before < 16 << 20)
    }

    /// Cut at every page and beside it, and inside each field of the header.
    @Test func everyTruncationIsRefused() throws {
        let folder = try ScratchFolder()
        let pages = stride(from: 0, through: Self.base.count, by: 4096).flatMap { [$0 - 1, $0, $0 + 1] }
        let fields = [0, 1, 4, 7, 8, 9, 12, 14, 16, 20, 24, 28, 32, 36, 40, 43, 44, 4092, 4095]
        for length in Set(pages + fields) where length >= 0 && length < Self.base.count {
            let error = Self.error(try folder.write(Array(Self.base[..<length]), to: "x.minke"))
            // Without its magic it is a GGUF file that is none.
            let codes: [CheckpointError.Code] = length < 8 ? [.truncated, .malformed] : [.truncated]
            #expect(error.map { codes.contains($0.code) } == true, "\(length) bytes: \(String(describing: error))")
            #expect(error?.field == (length < 8 ? "magic" : length < 4096 ? "header" : "file length"))
        }
        #expect(Self.error(try folder.write(Self.base + [0], to: "x.minke"))?.field == "file length")
    }

    @Test(.timeLimit(.minutes(1))) func whatIsNoFileIsRefused() throws {
        let folder = try ScratchFolder()
        mkfifo(folder.file("fifo.minke"), 0o600)
        mkdir(folder.file("folder.minke"), 0o700)
        symlink(folder.file("loop.minke"), folder.file("loop.minke"))
        symlink(folder.file("nothing"), folder.file("dangling.minke"))
        symlink("/dev/zero", folder.file("zero.minke"))
        for path in [
            folder.file("fifo.minke"), folder.file("folder.minke"), folder.file("loop.minke"),
            folder.file("dangling.minke"), folder.file("zero.minke"), "/dev/zero", "/dev/null", "/dev/full",
        ] {
            let isQuick = takesAtMost(.milliseconds(50)) {
                #expect(Self.error(path)?.code == .unreadable, "\(path)")
            }
            #expect(isQuick, "\(path)")
        }
        let path = try folder.write(Self.base, to: "secret.minke")
        chmod(path, 0)
        guard access(path, R_OK) != 0 else { return }
        #expect(Self.error(path)?.code == .unreadable)
    }

    /// Random bytes of the manifest changed, with a valid checksum: an error or a model, never a trap.
    @Test func changedManifestsNeverTrap() throws {
        let folder = try ScratchFolder()
        let original = StoreImage(Self.base)
        var random = SeededRandom(seed: 8)
        let alphabet = Array("0123456789-.eE\"[]{},:ntf".utf8)
        var refused = 0
        for _ in 0..<600 {
            var image = original
            for _ in 0..<1 + random.below(3) {
                image.manifest[random.below(image.manifest.count)] = alphabet[random.below(alphabet.count)]
            }
            if Self.error(try folder.write(image.bytes, to: "x.minke")) != nil { refused += 1 }
        }
        #expect(refused > 400)
    }
}

/// The most memory that the process has had, as the kernel counts it.
enum PeakMemory {
    /// Lets the kernel count anew; bytes that are in use now.
    static func reset() -> Int {
        let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
        if descriptor >= 0 {
            write(descriptor, "5", 1)
            close(descriptor)
        }
        return value("VmRSS:")
    }

    /// Most bytes since `reset`.
    static func byteCount() -> Int { value("VmHWM:") }

    private static func value(_ name: String) -> Int {
        var buffer = [UInt8](repeating: 0, count: 8192)
        let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let count = max(0, read(descriptor, &buffer, buffer.count))
        let line = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name) }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }
}
