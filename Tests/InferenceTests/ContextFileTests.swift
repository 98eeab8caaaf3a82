import Glibc
import Memory
import Scratch
import Testing
import Tokenizer

@testable import Inference

/// Contexts that outlive the process.
@Suite struct ContextFileTests {
    static func engine(_ folder: String?, limit: Int = 1 << 30, context: Int = 2000) -> Engine {
        var options = EngineOptions(
            library: ModelLibrary(folders: [], defaultModel: EngineTests.model),
            budget: MemoryBudget(limit: 1 << 30), threadCount: 2, contextLength: context, queueLimit: 4)
        options.contextFolder = folder.map { ($0, limit) }
        return Engine(options)
    }

    static let tokens = PrefixCacheTests.tokens

    /// Has an engine answer to `prompt` and write what it knows to `folder`; returns the answer's probabilities and the
    /// file's name.
    private static func persist(
        _ prompt: [TokenID], in folder: String
    ) async throws -> (expected: [TokenLogProbability], name: String) {
        let engine = engine(folder)
        let answer = try await PrefixCacheTests.collect(engine, prompt)
        await engine.persist()
        return (answer.probabilities, try #require(Folder.names(in: folder).first))
    }

    @Test func aConversationGoesOnAfterARestart() async throws {
        try await ScratchFolder.use { folder in
            let first = Self.engine(folder)
            let prompt = Array(Self.tokens.prefix(200))
            _ = try await PrefixCacheTests.collect(first, prompt)
            await first.persist()
            #expect(Folder.names(in: folder).count == 1)
            let next = prompt + Self.tokens.suffix(30)
            let warm = try await PrefixCacheTests.collect(first, next)
            let restored = try await PrefixCacheTests.collect(Self.engine(folder), next)
            let cold = try await PrefixCacheTests.collect(Self.engine(nil), next)
            #expect(warm.summary.cachedTokenCount == 200 && restored.summary.cachedTokenCount == 200)
            #expect(restored.text == cold.text && restored.probabilities == cold.probabilities)
            #expect(warm.probabilities == cold.probabilities)
            var status = stat()
            let path = try #require(Folder.names(in: folder).first.map { folder + "/" + $0 })
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        }
    }

    /// A model that is loaded before anybody asks brings the last conversation along: its file is of no more use then.
    @Test func loadingBringsTheLastContextBack() async throws {
        try await ScratchFolder.use { folder in
            let prompt = Array(Self.tokens.prefix(200))
            let (expected, name) = try await Self.persist(prompt, in: folder)
            let second = Self.engine(folder)
            try await second.load(nil, keepAlive: nil)
            unlink(folder + "/" + name)
            let again = try await PrefixCacheTests.collect(second, prompt)
            #expect(again.summary.cachedTokenCount == prompt.count - 1)
            #expect(again.probabilities == expected)
        }
    }

    @Test func whatIsDamagedIsNotUsed() async throws {
        try await ScratchFolder.use { folder in
            let prompt = Array(Self.tokens.prefix(120))
            let (expected, name) = try await Self.persist(prompt, in: folder)
            let bytes = try WholeFile.read(folder + "/" + name)
            // Each in a folder of its own: an engine that is idle for a while writes a whole file again.
            func ask(_ damaged: [UInt8], _ words: Comment) async throws {
                try await ScratchFolder.use { folder in
                    try WholeFile.write(damaged, folder + "/" + name)
                    let again = try await PrefixCacheTests.collect(Self.engine(folder), prompt)
                    #expect(again.probabilities == expected, words)
                    #expect(again.summary.cachedTokenCount == 0, words)
                }
            }
            for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
                var damaged = bytes
                damaged[place] ^= 0x10
                try await ask(damaged, "byte \(place)")
            }
            for count in [0, 1, 255, 256, 300, bytes.count - 1] {
                try await ask(Array(bytes.prefix(count)), "\(count) bytes")
            }
        }
    }

    @Test func oldContextsMakeRoom() async throws {
        try await ScratchFolder.use { folder in
            let engine = Self.engine(folder, limit: 400_000)
            for shift in 0..<6 {
                let prompt = Self.tokens.prefix(150).map { ($0 + TokenID(shift)) % 480 }
                _ = try await PrefixCacheTests.collect(engine, prompt, maximum: 2)
                await engine.persist()
                var total = 0
                for name in Folder.names(in: folder) { total += try WholeFile.read(folder + "/" + name).count }
                #expect(total <= 400_000)
            }
            #expect(!Folder.names(in: folder).isEmpty)
            #expect(!Folder.names(in: folder).contains { $0.hasSuffix(".partial") })
        }
    }

    @Test func aFolderThatCannotBeWrittenHurtsNobody() async throws {
        let engine = Self.engine("/proc/minke-contexts")
        let answer = try await PrefixCacheTests.collect(engine, Array(Self.tokens.prefix(50)))
        await engine.persist()
        #expect(answer.summary.completionTokenCount > 0)
    }
}

/// Whole files, for tests that damage them.
enum WholeFile {
    static func read(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    static func write(_ bytes: [UInt8], _ path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}
