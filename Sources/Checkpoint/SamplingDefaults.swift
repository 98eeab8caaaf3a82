import JSON

/// Sampling settings that a model recommends; `nil` where its files say nothing.
public struct SamplingDefaults: Sendable, Equatable {
    /// 0 picks the most likely token always.
    public var temperature: Float?
    /// Keep only the k most likely tokens; 0 keeps all.
    public var topK: Int?
    /// Keep the smallest set whose probability reaches this.
    public var topP: Float?
    /// Drop tokens less likely than this share of the most likely one.
    public var minP: Float?
    /// Divides the logits of tokens already seen.
    public var repetitionPenalty: Float?

    /// Makes an empty recommendation.
    public init() {}

    /// The recommendation as packed stores hold it.
    var json: JSONObject {
        var object = JSONObject()
        if let temperature { object.append("temperature", JSONValue(Double(temperature))) }
        if let topK { object.append("top_k", JSONValue(topK)) }
        if let topP { object.append("top_p", JSONValue(Double(topP))) }
        if let minP { object.append("min_p", JSONValue(Double(minP))) }
        if let repetitionPenalty { object.append("repetition_penalty", JSONValue(Double(repetitionPenalty))) }
        return object
    }

    /// Reads what `json` gave.
    init(store fields: JSONFields) throws(CheckpointError) {
        try self.init(fields, temperature: "temperature", penalty: "repetition_penalty")
    }

    /// Reads the fields under the names that a kind of file has for them, and checks their ranges.
    fileprivate init(
        _ fields: some ConfigurationFields, temperature: String, penalty: String
    ) throws(CheckpointError) {
        func number(_ name: String, _ range: ClosedRange<Double>) throws(CheckpointError) -> Float? {
            guard let value = try fields.optionalNumber(name) else { return nil }
            guard range.contains(value) else {
                throw fields.error(
                    name, "is \(value); a number from \(range.lowerBound) to \(range.upperBound) is expected")
            }
            return Float(value)
        }
        self.temperature = try number(temperature, 0...100)
        topK = try fields.optionalSize("top_k", atLeast: -1).map { max(0, $0) }
        topP = try number("top_p", 0...1)
        minP = try number("min_p", 0...1)
        repetitionPenalty = try number(penalty, 0.01...100)
    }
}

extension ModelSource {
    /// What the model's own files recommend, else what its makers recommend elsewhere.
    public func samplingDefaults() throws(CheckpointError) -> SamplingDefaults {
        var defaults: SamplingDefaults
        switch container {
        case .store(let store): return store.manifest.sampling
        case .gguf(let values):
            let fields = GGUFFields(path: path, metadata: values, architecture: "general.sampling")
            defaults = try SamplingDefaults(fields, temperature: "temp", penalty: "penalty_repeat")
        case .huggingFace(let folder):
            let generation = try folder.json("generation_config.json")?.objectValue ?? [:]
            let fields = JSONFields(path: path + "/generation_config.json", object: generation)
            defaults = try SamplingDefaults(fields, temperature: "temperature", penalty: "repetition_penalty")
            if try fields.optionalBool("do_sample") == false { defaults.temperature = 0 }
        }
        if defaults.temperature == nil {
            (defaults.temperature, defaults.topP) = published(defaults.topP)
        }
        return defaults
    }

    /// Temperature and top-p from model cards, for files that carry none.
    private func published(_ topP: Float?) -> (Float, Float) {
        switch configuration.modelType {
        case "deepseek_v2": (0.3, topP ?? 0.95)
        case "glm4_moe_lite": (1.0, topP ?? 0.95)
        case "llama", "qwen2", ModelConfiguration.explicitArchitecture: (0.6, topP ?? 0.9)
        default: (0.6, topP ?? 0.95)
        }
    }
}
