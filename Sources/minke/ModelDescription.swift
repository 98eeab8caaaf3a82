import Checkpoint
import Inference
import JSON
import Kernels

/// What `minke show` tells of a model, row by row.
struct ModelDescription {
    /// Names and values in the order in which they are told, and what people are told instead of a long value.
    private(set) var rows: [(name: String, value: JSONValue, text: String?)] = []

    init(_ source: ModelSource) throws {
        let bound = try source.bind()
        add("path", .string(source.path))
        describeShape(source.configuration)
        describeSizes(bound)
        if let text = try Self.text(of: source) {
            add("tokens", JSONValue(text.tokenizer.vocabularySize))
            add("chat_format", .string(text.chatFormat.family.rawValue + (text.isGuessedFormat ? " (guessed)" : "")))
        }
        if let licence = try source.licence() { add("licence", .string(licence)) }
        if let store = source.store { describeProvenance(store.manifest) }
    }

    /// Tokenizer and chat format, if the model has them; damage is not passed over.
    private static func text(of source: ModelSource) throws -> ModelText? {
        do {
            return try ModelText(source)
        } catch let error as CheckpointError where error.code == .corrupt {
            throw error
        } catch {
            return nil
        }
    }

    private mutating func add(_ name: String, _ value: JSONValue, text: String? = nil) {
        rows.append((name, value, text))
    }

    private mutating func describeShape(_ c: ModelConfiguration) {
        add("architecture", .string(c.modelType))
        add("layers", JSONValue(c.numHiddenLayers))
        add("hidden_size", JSONValue(c.hiddenSize))
        add("heads", JSONValue(c.numAttentionHeads))
        add("vocabulary", JSONValue(c.vocabSize))
        add("context_length", JSONValue(c.maxPositionEmbeddings))
        switch c.attention {
        case .latent(let latent):
            add("attention", .string("latent, \(latent.kvLoraRank) + \(latent.qkRopeHeadDim) values per token"))
        case .grouped(let grouped):
            add("attention", .string("grouped-query, \(grouped.numKeyValueHeads) key-value heads"))
        }
        if let experts = c.experts {
            let shared = experts.nSharedExperts > 0 ? " + \(experts.nSharedExperts) shared" : ""
            add("experts", .string("\(experts.numExpertsPerTok) of \(experts.nRoutedExperts)\(shared)"))
        }
    }

    /// Bytes by what tensors do and by the format they are in.
    private mutating func describeSizes(_ bound: BoundModel) {
        var sizes: [PlacedTensor.Role: [WeightType: Int]] = [:]
        var parameterCount = 0
        bound.forEachWeight { tensor, role in
            sizes[role, default: [:]][tensor.entry.type, default: 0] += tensor.byteCount
            parameterCount += tensor.rows.count * tensor.columns
        }
        add("parameters", JSONValue(parameterCount))
        add("weight_bytes", JSONValue(bound.byteCount))
        add("resident_bytes", JSONValue(bound.residentByteCount))
        var byRole = JSONObject()
        for role in PlacedTensor.Role.allCases {
            guard let types = sizes[role] else { continue }
            var byType = JSONObject()
            for (type, byteCount) in types.sorted(by: { $0.value > $1.value }) {
                byType.append(type.name, JSONValue(byteCount))
            }
            byRole.append(role.rawValue, .object(byType))
        }
        add("bytes_by_class", .object(byRole))
    }

    private mutating func describeProvenance(_ manifest: StoreManifest) {
        if let layers = manifest.layers { add("partial", .string("only layers \(layers) of the source")) }
        let sources = manifest.sources.map { file -> JSONValue in
            var object: JSONObject = ["name": .string(file.name), "bytes": JSONValue(file.byteCount)]
            if let digest = file.digest { object.append("sha256", .string(digest)) }
            return .object(object)
        }
        let total = manifest.sources.reduce(0) { $0 + $1.byteCount }
        add(
            "made_from", .array(sources),
            text: sources.count > 3
                ? "\(sources.count) files from \(manifest.sources[0].name) on, \(total) bytes (--json lists them)" : nil
        )
        add("documents", .array(manifest.documents.map { .string($0.name) }))
    }
}
