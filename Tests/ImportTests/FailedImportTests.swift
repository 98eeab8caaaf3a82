import Checkpoint
import Glibc
import Import
import Kernels
import Scratch
import Testing

/// Imports that cannot be: a typed error, and nothing left behind that is taken for a model.
@Suite(.serialized) struct FailedImportTests {
    private static let name = "gguf/v3-q4_0.gguf"

    private static func source() throws -> ModelSource { try ModelSource.open(Fixture.path(name)) }

    /// The error of an import to `path`.
    private static func error(_ path: String, _ source: ModelSource? = nil) throws -> CheckpointError? {
        let source = try source ?? Self.source()
        return #expect(throws: CheckpointError.self) { try ImportTrial.importing(source, to: path) }
    }

    @Test(arguments: ["gguf/v3-q8_0.gguf", "v3_fp8", "llama-sharded"])
    func theFileDependsOnNothingButSourceAndFormats(name: String) throws {
        let (folder, source) = (try ScratchFolder(), try ModelSource.open(Fixture.path(name)))
        var reference: [UInt8] = []
        for threads in [1, 3, 8] {
            var options = ImportOptions.standard
            options.threadCount = threads
            let path = try ImportTrial.importing(source, to: folder.file("\(threads).minke"), options)
            let bytes = try ScratchFolder.bytes(path)
            if reference.isEmpty { reference = bytes }
            #expect(bytes == reference, "\(threads) threads")
        }
        #expect(folder.names == ["1.minke", "3.minke", "8.minke"])
    }

    @Test func aStoreIsNotImportedAgain() throws {
        let trial = try ImportTrial(Self.name)
        let error = #expect(throws: CheckpointError.self) { _ = try Importer(trial.store, .lossless) }
        #expect(error?.code == .unsupported && error?.path == trial.store.path)
    }

    @Test func aFolderThatIsMissingIsNamed() throws {
        let folder = try ScratchFolder()
        let error = try Self.error(folder.file("none/model.minke"))
        #expect(error?.code == .unwritable)
        #expect(error?.path.hasPrefix(folder.file("none/model.minke")) == true)
        #expect(folder.names.isEmpty)
    }

    /// The name of the partial file belongs to something else.
    @Test func whatIsInTheWayIsLeftAlone() throws {
        let folder = try ScratchFolder()
        mkdir(folder.file("a.minke.partial"), 0o700)
        try folder.write([1, 2, 3], to: "precious")
        symlink(folder.file("precious"), folder.file("b.minke.partial"))
        mkfifo(folder.file("c.minke.partial"), 0o600)
        for name in ["a", "b", "c"] { #expect(try Self.error(folder.file(name + ".minke"))?.code == .unwritable) }
        #expect(try ScratchFolder.bytes(folder.file("precious")) == [1, 2, 3])
        #expect(!folder.names.contains { $0.hasSuffix(".minke") })
    }

    @Test func aFolderIsNotReplaced() throws {
        let folder = try ScratchFolder()
        mkdir(folder.file("model.minke"), 0o700)
        let error = try Self.error(folder.file("model.minke"))
        #expect(error?.code == .unwritable && error?.path == folder.file("model.minke"))
        #expect(folder.names == ["model.minke"])
    }

    /// Root writes everywhere but where the file system itself says no.
    @Test(arguments: ["/proc/minke-model.minke", "/sys/minke-model.minke"])
    func aReadOnlyPlaceIsNamed(path: String) throws {
        let error = try Self.error(path)
        #expect(error?.code == .unwritable)
        #expect(access(path, F_OK) != 0 && access(path + ".partial", F_OK) != 0)
    }

    @Test(.enabled(if: geteuid() == 0)) func aFullDiskIsFoundBeforeAnythingIsWritten() throws {
        let folder = try ScratchFolder()
        guard mount("minke-test", folder.path, "tmpfs", 0, "size=256k") == 0 else { return }
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        let error = try Self.error(folder.file("model.minke"))
        #expect(error?.code == .diskFull && error?.path == folder.file("model.minke"))
        #expect(folder.names.isEmpty)

        // One that could not be read either.
        umount2(folder.path, Int32(MNT_DETACH))
        guard mount("minke-test", folder.path, "tmpfs", UInt(MS_RDONLY), "size=2m") == 0 else { return }
        #expect(try Self.error(folder.file("model.minke"))?.code == .unwritable)
        #expect(folder.names.isEmpty)
    }

    @Test func twoImportsOfOneFileDoNotMix() throws {
        let (folder, source) = (try ScratchFolder(), try Self.source())
        let path = folder.file("model.minke")
        let other = open(path + ".partial", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #expect(flock(other, LOCK_EX) == 0)
        #expect(try Self.error(path, source)?.code == .unwritable)
        #expect(folder.names == ["model.minke.partial"])
        close(other)
        try ImportTrial.importing(source, to: path)
        #expect(folder.names == ["model.minke"])
        #expect(throws: Never.self) { _ = try ModelSource.open(path).bind() }
    }

    /// Many at once: one makes the store, the others are told, or make it again when it is there.
    @Test func oneOfManyImportsWins() async throws {
        let (folder, source) = (try ScratchFolder(), try Self.source())
        let path = folder.file("model.minke")
        let alone = try ScratchFolder.bytes(try ImportTrial.importing(source, to: folder.file("alone.minke")))
        let codes = await withTaskGroup(of: CheckpointError.Code?.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    do {
                        try ImportTrial.importing(source, to: path)
                        return nil
                    } catch {
                        return (error as? CheckpointError)?.code ?? .malformed
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.contains(nil))
        #expect(codes.allSatisfy { $0 == nil || $0 == .unwritable })
        #expect(try ScratchFolder.bytes(path) == alone)
        #expect(folder.names == ["alone.minke", "model.minke"])
    }

    /// A value that no block can hold: the tensor is named, and what is left is no model.
    @Test func aNaNIsNamed() throws {
        let folder = try ScratchFolder()
        var bytes = try Fixture.bytes("gguf/v3-f32.gguf")
        let clean = try ModelSource.open(Fixture.path("gguf/v3-f32.gguf"))
        let matrix = try #require(try clean.bind().routedExperts.first?.experts.last?.parts.last)
        bytes.replaceSubrange(matrix.offset..<matrix.offset + 4, with: [0, 0, 0xC0, 0x7F])
        let source = try ModelSource.open(try folder.write(bytes, to: "nan.gguf"))
        let error = #expect(throws: CheckpointError.self) {
            try ImportTrial.importing(source, to: folder.file("model.minke"), .standard)
        }
        #expect(error?.code == .malformed && error?.field == matrix.entry.name)
        #expect(!folder.names.contains("model.minke"))
        #expect(throws: CheckpointError.self) { _ = try ModelSource.open(folder.file("model.minke.partial")) }
    }
}
