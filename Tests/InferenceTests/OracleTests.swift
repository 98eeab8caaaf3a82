import Checkpoint
import Inference
import JSON
import Testing
import Tokenizer

/// Every checkpoint of the reference implementation: logits, routing, greedy text.
@Suite struct OracleTests {
    static let folders = ["v2lite", "v2", "v3", "v3_fp8", "moonlight", "kimik2", "glm47flash"]
    static let denseFolders = [
        "llama", "llama-sharded", "llama-f16", "llama-f32", "llama3", "qwen2", "qwen2yarn",
    ]
    static let files = [
        "v3-f32", "v3-q8_0", "v3-q4_0", "v3-mxfp4", "v2lite-f16", "v2lite-legacy", "glm47flash-q8_0",
    ]
    static let denseFiles = ["llama-q8_0", "llama-f32", "llama3-f32", "qwen2-f16", "qwen2yarn-f16"]
    static let tolerance: Float = 2e-4

    static func tokens(_ value: JSONValue?) throws -> [TokenID] {
        try #require(value?.arrayValue).map { TokenID(try #require($0.intValue)) }
    }

    /// The prompt as one chunk, in chunks of seven and token by token.
    static func expectLogits(_ model: Model, _ prompt: [TokenID], equal reference: [Float]) throws {
        for chunk in [prompt.count, 7, 1] {
            let cache = model.makeCache(contextLength: 256)
            var worst: Float = 0
            for start in stride(from: 0, to: prompt.count, by: chunk) {
                let part = Array(prompt[start..<min(start + chunk, prompt.count)])
                let logits = try model.forward(part, cache: cache, logits: .all).view.values
                let vocabulary = model.configuration.vocabSize
                let expected = reference[start * vocabulary..<(start + part.count) * vocabulary]
                worst = max(worst, zip(logits, expected).map { abs($0 - $1) }.max() ?? .infinity)
            }
            #expect(worst < tolerance, "chunks of \(chunk)")
        }
    }

    static func greedy(_ model: Model, _ prompt: [TokenID], count: Int) throws -> [TokenID] {
        let cache = model.makeCache(contextLength: 256)
        var logits = try model.forward(prompt, cache: cache)
        var answer: [TokenID] = []
        for _ in 0..<count {
            answer.append(TokenID(largest(logits.values(row: 0))))
            logits = try model.forward([answer[answer.count - 1]], cache: cache)
        }
        return answer
    }

    @Test(arguments: folders + denseFolders) func folderGivesTheReferenceLogitsAndText(name: String) throws {
        let model = try Fixture.model(name)
        let expected = try Fixture.json(name + "/expected.json")
        let prompt = try Self.tokens(expected["prompt_ids"])
        try Self.expectLogits(model, prompt, equal: try Fixture.array(name + "/logits.npy").values)
        #expect(try Self.greedy(model, prompt, count: 16) == Self.tokens(expected["greedy_16"]))
    }

    @Test(arguments: folders) func folderChoosesTheReferenceExperts(name: String) throws {
        let model = try Fixture.model(name)
        let expected = try Fixture.json(name + "/expected.json")
        let prompt = try Self.tokens(expected["prompt_ids"])
        let recorder = RoutingRecorder()
        _ = try model.forward(
            prompt, cache: model.makeCache(contextLength: 64), recorder: recorder)
        let layers = try #require(expected["router"]?.objectValue).members
        #expect(recorder.choices.keys.sorted() == layers.compactMap { Int($0.name) }.sorted())
        for layer in layers {
            let reference = try #require(layer.value["experts"]?.arrayValue)
            let chosen = try #require(recorder.choices[Int(layer.name) ?? -1])
            try #require(chosen.count == prompt.count && reference.count == prompt.count)
            for (choices, pairs) in zip(chosen, reference) {
                let weights = Dictionary(uniqueKeysWithValues: choices.map { ($0.expert, $0.weight) })
                let pairs = try #require(pairs.arrayValue)
                #expect(pairs.count == weights.count)
                for pair in pairs {
                    let weight = weights[try #require(pair[0]?.intValue)]
                    #expect(abs(Double(weight ?? .nan) - (pair[1]?.doubleValue ?? 0)) < 1e-4)
                }
            }
        }
    }

    @Test(arguments: files.map { "gguf/" + $0 } + denseFiles.map { "dense-gguf/" + $0 })
    func fileGivesTheReferenceLogits(name: String) throws {
        let model = try Fixture.model(name + ".gguf")
        let logits = try Fixture.array(name + ".logits.npy")
        let prompt = try Self.tokens(try Fixture.json("v3/expected.json")["prompt_ids"])
        try #require(logits.rows == prompt.count)
        try Self.expectLogits(model, prompt, equal: logits.values)
    }

    @Test(arguments: files) func fileChoosesTheReferenceExperts(name: String) throws {
        let model = try Fixture.model("gguf/\(name).gguf")
        let prompt = try Self.tokens(try Fixture.json("v3/expected.json")["prompt_ids"])
        let expected = try #require(try Fixture.json("gguf/\(name).experts.json").objectValue)
        let recorder = RoutingRecorder()
        _ = try model.forward(prompt, cache: model.makeCache(contextLength: 64), recorder: recorder)
        for layer in expected.members {
            let reference = try #require(layer.value.arrayValue)
            let chosen = try #require(recorder.choices[Int(layer.name) ?? -1])
            for (choices, experts) in zip(chosen, reference) {
                let experts = try #require(experts.arrayValue).compactMap(\.intValue)
                #expect(Set(choices.map(\.expert)) == Set(experts))
            }
        }
    }

    @Test(arguments: folders + denseFolders) func rotaryTablesAreTheReferences(name: String) throws {
        let expected = try Fixture.json(name + "/expected.json")
        let configuration = try ModelSource.open(Fixture.path(name)).configuration
        let table = RopeTable(configuration.rope)
        let frequencies = try #require(expected["inv_freq"]?.arrayValue).compactMap(\.doubleValue)
        #expect(table.inverseFrequencies.count == frequencies.count)
        for (ours, theirs) in zip(table.inverseFrequencies, frequencies) {
            #expect(abs(Double(ours) - theirs) <= 1e-6 * theirs)
        }
        if case .latent(let latent) = configuration.attention {
            let scale = 1 / Float(latent.qkNopeHeadDim + latent.qkRopeHeadDim).squareRoot() * table.scoreFactor
            #expect(abs(Double(scale) - (expected["attn_scale"]?.doubleValue ?? 0)) < 1e-6)
        }
    }

    @Test(arguments: [
        ("gguf/v3-q4_0.gguf", "gguf-split/v3-q4_0-00001-of-00003.gguf"),
        ("gguf/v3-q4_0.gguf", "gguf-split/v3-q4_0-00003-of-00003.gguf"),
        ("gguf/v3-q4_0.gguf", "gguf-split-empty-first/v3-q4_0-00001-of-00003.gguf"),
        ("gguf/v3-f32.gguf", "gguf-variants/v3-f32-fused.gguf"),
    ]) func otherContainersGiveTheSameBits(plain: String, other: String) throws {
        let prompt = try Self.tokens(try Fixture.json("v3/expected.json")["prompt_ids"])
        let logits = try [plain, other].map { name in
            let model = try Fixture.model(name)
            return try model.forward(prompt, cache: model.makeCache(contextLength: 64), logits: .all)
                .view.values
        }
        #expect(logits[0] == logits[1])
    }

    /// Same tokens whatever the threads and the chunks: the sums have a fixed order.
    @Test(arguments: ["v3", "v2lite", "qwen2"]) func logitsDoNotDependOnThreadsOrChunks(name: String) throws {
        let prompt = try Self.tokens(try Fixture.json("v3/expected.json")["prompt_ids"])
        func logits(threads: Int, chunk: Int) throws -> [Float] {
            let model = try Fixture.model(name, threads: threads)
            let cache = model.makeCache(contextLength: 64)
            var all: [Float] = []
            for start in stride(from: 0, to: prompt.count, by: chunk) {
                let part = Array(prompt[start..<min(start + chunk, prompt.count)])
                all += try model.forward(part, cache: cache, logits: .all).view.values
            }
            return all
        }
        let reference = try logits(threads: 1, chunk: 40)
        #expect(try logits(threads: 2, chunk: 40) == reference)
        #expect(try logits(threads: 3, chunk: 11) == reference)
        #expect(try logits(threads: 1, chunk: 1) == reference)
    }
}
