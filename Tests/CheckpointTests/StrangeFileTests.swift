import Checkpoint
import Glibc
import Scratch
import Testing
import Timing

/// What lies where a model file should: each must be a typed error within 50 ms, and not wait, fill memory or trap.
@Suite struct StrangeFileTests {
    /// Opening `path` must fail with one of `codes`, soon.
    func refuse(_ path: String, _ codes: [CheckpointError.Code] = [.unreadable]) {
        let isQuick = takesAtMost(.milliseconds(50)) {
            do throws(CheckpointError) {
                _ = try ModelSource.open(path).bind()
                Issue.record("\(path): accepted")
            } catch {
                #expect(codes.contains(error.code), "\(error)")
                #expect(!error.field.isEmpty && !error.message.isEmpty)
            }
        }
        #expect(isQuick, "\(path)")
    }

    @Test(arguments: ["/dev/zero", "/dev/null", "/dev/random", "/nonexistent/model.gguf", "/", "/tmp", ""])
    func whatIsNoModelIsRefused(path: String) { refuse(path) }

    @Test func namedPipesAreRefusedWithoutWaitingForAWriter() throws {
        try ScratchFolder.use { folder in
            try #require(mkfifo(folder + "/model.gguf", 0o600) == 0)
            refuse(folder + "/model.gguf")
            try #require(mkfifo(folder + "/config.json", 0o600) == 0)
            refuse(folder)
        }
    }

    @Test func foldersInPlaceOfFilesAreRefused() throws {
        try ScratchFolder.use { folder in
            try #require(mkdir(folder + "/model.gguf", 0o700) == 0)
            refuse(folder + "/model.gguf")
            try #require(mkdir(folder + "/config.json", 0o700) == 0)
            refuse(folder)
        }
    }

    @Test(arguments: ["pipe", "folder", "/dev/zero", "loop", "nowhere"]) func strangeShardsAreRefused(kind: String)
        throws
    {
        try ScratchFolder.use { folder in
            let (configuration, shard) = (folder + "/config.json", folder + "/model.safetensors")
            try #require(symlink(Fixture.path("good/llama-folder/config.json"), configuration) == 0)
            let made =
                switch kind {
                case "pipe": mkfifo(shard, 0o600)
                case "folder": mkdir(shard, 0o700)
                case "loop": symlink(shard, shard)
                default: symlink(kind, shard)
                }
            try #require(made == 0)
            refuse(folder)
        }
    }

    @Test func symbolicLinksThatGoInCirclesAreRefused() throws {
        try ScratchFolder.use { folder in
            try #require(symlink("b.gguf", folder + "/a.gguf") == 0 && symlink("a.gguf", folder + "/b.gguf") == 0)
            refuse(folder + "/a.gguf")
            try #require(symlink("config.json", folder + "/config.json") == 0)
            refuse(folder)
        }
    }

    @Test func filesThatMayNotBeReadAreRefused() throws {
        try ScratchFolder.use { folder in
            for name in ["model.gguf", "config.json"] {
                try #require(close(open(folder + "/" + name, O_WRONLY | O_CREAT, 0)) == 0)
            }
            // Root may read everything: be someone else for file accesses of this thread.
            let isRoot = geteuid() == 0
            if isRoot {
                try #require(chmod(folder, 0o711) == 0)
                _ = setFileSystemUser(65534)
            }
            refuse(folder + "/model.gguf")
            refuse(folder)
            if isRoot { _ = setFileSystemUser(0) }
            try #require(chmod(folder, 0o700) == 0)
        }
    }

    /// A valid file cut anywhere in its header, hence at every field's boundary, and at places in its data.
    @Test func everyTruncationIsRefusedInLittleMemory() throws {
        let path = Fixture.path("good/deepseek2.gguf")
        let file = try InputFile(path: path)
        let bytes = try file.bytes(at: 0, count: file.byteCount, field: "file")
        let dataStart = try #require(try ModelSource.open(path).tensors.values.map(\.offset).min())
        // The last bytes are padding.
        let lengths = Array(0...dataStart) + stride(from: dataStart, to: bytes.count - 32, by: 37)
        try ScratchFolder.use { folder in
            let before = peakByteCount()
            for length in lengths {
                try TemporaryFile.withContents(bytes[..<length], at: folder + "/model.gguf") {
                    #expect(throws: CheckpointError.self) { _ = try ModelSource.open(folder + "/model.gguf").bind() }
                }
            }
            #expect(peakByteCount() - before <= 16 << 20)
        }
    }

    private func peakByteCount() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss << 10
    }
}

/// setfsuid(2): counts for the calling thread only. Swift's Glibc module leaves it out.
@_silgen_name("setfsuid") private func setFileSystemUser(_ user: UInt32) -> CInt
