import Checkpoint
import Import
import Inference
import Kernels
import Memory
import Scratch
import Testing
import Tokenizer

/// What a store keeps of its source beside the weights.
@Suite struct StoreContentsTests {
    /// Settings, shape and digests are the source's.
    static func expectContents(_ trial: ImportTrial) throws {
        var configuration = trial.source.configuration
        // Layers that predict further tokens are left behind.
        configuration.numNextnPredictLayers = 0
        #expect(trial.store.configuration == configuration)
        #expect(try trial.store.samplingDefaults() == trial.source.samplingDefaults())
        #expect(try trial.store.licence() == trial.source.licence())
        #expect(String(describing: try trial.store.scaleBlock()) == String(describing: try trial.source.scaleBlock()))

        let manifest = try #require(trial.store.store).manifest
        #expect(manifest.sources.count == trial.source.files.count)
        #expect(manifest.layers == nil)
        for (recorded, file) in zip(manifest.sources, trial.source.files) {
            var hash = SHA256()
            hash.update(try ScratchFolder.bytes(file.path))
            #expect(recorded.digest == hash.hexDigest())
            #expect(recorded.byteCount == file.byteCount)
            #expect(file.path.hasSuffix("/" + recorded.name))
        }
    }

    @Test(arguments: [
        "v2", "v3", "moonlight", "kimik2", "glm47flash", "llama3", "qwen2", "gguf/v3-q4_0.gguf",
        "gguf/glm47flash-q8_0.gguf", "dense-gguf/qwen2-f16.gguf",
    ]) func tokenizerAndChatFormatAreTheSources(name: String) throws {
        let trial = try ImportTrial(name)
        let (ours, theirs) = (try ModelText(trial.store), try ModelText(trial.source))
        #expect(ours.chatFormat.family == theirs.chatFormat.family)
        #expect(ours.isGuessedFormat == theirs.isGuessedFormat)
        #expect(ours.tokenizer.vocabularySize == theirs.tokenizer.vocabularySize)
        #expect(ours.tokenizer.chatTemplate == theirs.tokenizer.chatTemplate)
        let text = "Whales <|User|> sing: 1234 + ½ = ? \n\n\tPréfixe 鯨"
        #expect(ours.tokenizer.encodeDocument(text) == theirs.tokenizer.encodeDocument(text))
    }

    /// Routers and norms are computed with in F32 and stored so.
    @Test(arguments: ["v3", "v3_fp8", "llama-f16"]) func routersAndNormsAreF32(name: String) throws {
        let trial = try ImportTrial(name, .standard)
        for placed in try trial.store.bind().residentTensors where placed.role == .norm || placed.role == .router {
            #expect(placed.tensor.entry.type == .f32, "\(placed.name)")
        }
    }

    @Test func formatsCanBeChosenByRole() throws {
        var options = ImportOptions.standard
        options.types.choose(.q8_0, for: .routed)
        options.types.choose(.bf16, for: .attention)
        options.types.keep(.shared)
        let trial = try ImportTrial("v3", options)
        let (bound, original) = (try trial.store.bind(), try trial.source.bind())
        let routed = bound.routedExperts.flatMap { $0.experts.flatMap(\.parts) }
        #expect(!routed.isEmpty && routed.allSatisfy { $0.entry.type == .q8_0 })
        let shared = original.residentTensors.first { $0.role == .shared }
        for placed in bound.residentTensors {
            if placed.role == .attention { #expect(placed.tensor.entry.type == .bf16, "\(placed.name)") }
            if placed.role == .shared { #expect(placed.tensor.entry.type == shared?.tensor.entry.type) }
        }
    }

    /// A part of a model is a model of these layers.
    @Test(arguments: ["v3", "v2lite", "glm47flash", "llama", "gguf/v3-q4_0.gguf", "gguf/glm47flash-q8_0.gguf"])
    func layersCanBeTaken(name: String) throws {
        let count = try ModelSource.open(Fixture.path(name)).configuration.numHiddenLayers
        for range in [0..<1, 0..<count, 1..<count, count - 1..<count] {
            var options = ImportOptions.lossless
            options.layers = range
            let trial = try ImportTrial(name, options)
            #expect(trial.store.configuration.numHiddenLayers == range.count)
            #expect(trial.store.store?.manifest.layers == range)
            #expect(trial.store.store?.manifest.sources.allSatisfy { $0.digest == nil } == true)
            let (part, whole) = (try trial.store.bind(), try trial.source.bind())
            for (index, layer) in range.enumerated() {
                #expect(
                    try Self.values(trial.store, part.layers[index].attentionNorm)
                        == Self.values(trial.source, whole.layers[layer].attentionNorm))
            }
            let logits = try ImportTrial.logits(trial.store, try Fixture.prompt(name))
            #expect(logits.allSatisfy { $0.isFinite })
            if range.count == count {
                #expect(try logits == ImportTrial.logits(trial.source, try Fixture.prompt(name)))
            }
        }
    }

    @Test(arguments: [0..<0, 5..<99, 99..<100]) func otherLayersAreRefused(layers: Range<Int>) throws {
        var options = ImportOptions.lossless
        options.layers = layers
        let source = try ModelSource.open(Fixture.path("v3"))
        let error = #expect(throws: CheckpointError.self) { _ = try Importer(source, options) }
        #expect(error?.code == .invalidConfiguration && error?.field == "layers")
    }

    private static func values(_ source: ModelSource, _ tensor: BoundTensor) throws -> [Float] {
        let vector = try WeightLoader(source, precision: .f32, totalByteCount: 0).vector(tensor)
        return (0..<vector.count).map { vector[$0] }
    }
}
