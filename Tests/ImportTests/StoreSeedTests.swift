import Checkpoint
import Glibc
import Import
import JSON
import Scratch
import Testing

/// What a fuzzer of the store reader begins with (Tests/Corpora/store).
@Suite struct StoreSeedTests {
    private static let folder = Fixture.path("../Corpora/store")

    private static let names = [
        "aliases.json", "empty-latent.minke", "empty-grouped.minke", "header.minke", "llama.minke", "partial.minke",
        "text.minke",
    ]

    /// MINKE_WRITE_SEEDS=1 makes them anew, after a change of the format.
    @Test(.enabled(if: getenv("MINKE_WRITE_SEEDS") != nil)) func seedsAreWritten() throws {
        let folder = try ScratchFolder()
        func store(_ name: String) throws -> [UInt8] {
            let source = try ModelSource.open(Fixture.path("good/" + name))
            return try ScratchFolder.bytes(try ImportTrial.importing(source, to: folder.file(name + ".minke")))
        }
        func write(_ bytes: [UInt8], _ name: String) throws {
            let descriptor = open(Self.folder + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            defer { close(descriptor) }
            try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        }
        /// A valid store without contents: all that is read is the manifest.
        func emptied(_ bytes: [UInt8], _ edit: (inout StoreImage) throws -> Void = { _ in }) throws -> StoreImage {
            var image = StoreImage(bytes)
            for part in ["documents", "tensors", "experts"] { try image.set(part, []) }
            (image.checksums, image.data) = ([], [])
            try edit(&image)
            return image
        }
        let (llama, latent) = (try store("llama.gguf"), try store("deepseek2.gguf"))
        try write(llama, "llama.minke")
        try write(Array(latent[..<4096]), "header.minke")
        try write(Array("MINKEPRT".utf8) + [UInt8](repeating: 7, count: 160), "partial.minke")
        try write(try emptied(llama).bytes, "empty-grouped.minke")
        let full = try emptied(latent) { image in
            try image.set(
                "configuration.rope.yarn",
                [
                    "factor": 40, "original_max_position_embeddings": 4096, "beta_fast": 32, "beta_slow": 1,
                    "mscale": 0.707, "mscale_all_dim": 0.707, "attention_factor": 1.5,
                ])
            try image.set("configuration.latent_attention.attention_scale", 0.125)
            try image.set("scale_block", ["rows": 128, "columns": 128])
            try image.set("layers", ["first": 3, "end": 5])
            try image.set("licence", "MIT")
            try image.set("sampling", ["temperature": 0.6, "top_k": 40, "top_p": 0.95, "min_p": 0.05])
        }
        try write(full.bytes, "empty-latent.minke")
        // A manifest alone: the fuzzer puts a store around it.
        let whole = try #require(try ModelSource.open(folder.file("deepseek2.gguf.minke")).store).manifest
        let aliased = try StoreImage(latent).sharing(whole, layer: 1, with: 0, aliases: true)
        try write(aliased.manifest, "aliases.json")
        var text = try emptied(latent)
        text.manifest = Array(#"{"configuration":{},"tensors":[{"name":"é\n","shape":[1,2]}]}"#.utf8)
        try write(text.bytes, "text.minke")
    }

    @Test(arguments: names) func seedsAreReadOrRefused(name: String) throws {
        let path = Self.folder + "/" + name
        let isWhole = name == "llama.minke"
        do throws(CheckpointError) {
            _ = try ModelSource.open(path).bind()
            #expect(isWhole)
        } catch {
            #expect(!isWhole, "\(error)")
            // What is empty can be opened, and lacks its first tensor.
            #expect(name.hasPrefix("empty") == (error.code == .missingTensor), "\(error)")
        }
    }

    @Test func seedsAreSmall() throws {
        let sizes = try Self.names.map { try ScratchFolder.bytes(Self.folder + "/" + $0).count }
        #expect(sizes.reduce(0, +) <= 100 << 10)
    }
}
