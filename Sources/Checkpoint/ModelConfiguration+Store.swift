import JSON
import Kernels

/// The configuration as packed stores hold it: every field stated, none derived from a model's name.
///
/// Names are those of config.json where it has the field.
extension ModelConfiguration {
    /// The configuration as JSON.
    var json: JSONObject {
        var object: JSONObject = [
            "model_type": .string(modelType), "vocab_size": JSONValue(vocabSize), "hidden_size": JSONValue(hiddenSize),
            "num_hidden_layers": JSONValue(numHiddenLayers), "num_attention_heads": JSONValue(numAttentionHeads),
            "intermediate_size": JSONValue(intermediateSize), "rms_norm_eps": JSONValue(Double(rmsNormEps)),
            "max_position_embeddings": JSONValue(maxPositionEmbeddings),
            "tie_word_embeddings": JSONValue(tieWordEmbeddings),
        ]
        switch attention {
        case .latent(let latent): object.append("latent_attention", .object(latent.json))
        case .grouped(let grouped): object.append("grouped_attention", .object(grouped.json))
        }
        object.append("rope", .object(rope.json))
        if let experts { object.append("experts", .object(experts.json)) }
        return object
    }

    /// Reads what `json` gave; `fields` was read from `path`.
    init(store fields: JSONFields) throws(CheckpointError) {
        modelType = try fields.string("model_type")
        vocabSize = try fields.size("vocab_size")
        hiddenSize = try fields.size("hidden_size")
        numHiddenLayers = try fields.size("num_hidden_layers")
        numNextnPredictLayers = 0
        numAttentionHeads = try fields.size("num_attention_heads")
        intermediateSize = try fields.size("intermediate_size", atLeast: 0)
        rmsNormEps = Float(try fields.positive("rms_norm_eps"))
        maxPositionEmbeddings = try fields.size("max_position_embeddings")
        tieWordEmbeddings = try fields.bool("tie_word_embeddings")
        if let latent = try fields.nested("latent_attention") {
            attention = .latent(try LatentAttentionConfiguration(store: latent))
        } else {
            attention = .grouped(try GroupedAttentionConfiguration(store: try fields.object("grouped_attention")))
        }
        rope = try RopeConfiguration(store: try fields.object("rope"))
        experts = try fields.nested("experts").map { fields throws(CheckpointError) in
            try ExpertConfiguration(store: fields)
        }
        let prefix = fields.prefix
        try validate(path: fields.path) { prefix + $0 }
    }
}

extension LatentAttentionConfiguration {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "kv_lora_rank": JSONValue(kvLoraRank), "qk_nope_head_dim": JSONValue(qkNopeHeadDim),
            "qk_rope_head_dim": JSONValue(qkRopeHeadDim), "v_head_dim": JSONValue(vHeadDim),
            "latent_norm_eps": JSONValue(Double(latentNormEps)),
        ]
        if let qLoraRank { object.append("q_lora_rank", JSONValue(qLoraRank)) }
        if let attentionScale { object.append("attention_scale", JSONValue(Double(attentionScale))) }
        return object
    }

    fileprivate init(store fields: JSONFields) throws(CheckpointError) {
        self.init(
            qLoraRank: try fields.optionalSize("q_lora_rank"), kvLoraRank: try fields.size("kv_lora_rank"),
            qkNopeHeadDim: try fields.size("qk_nope_head_dim"), qkRopeHeadDim: try fields.size("qk_rope_head_dim"),
            vHeadDim: try fields.size("v_head_dim"), latentNormEps: Float(try fields.positive("latent_norm_eps")),
            attentionScale: try fields.optionalPositive("attention_scale").map { Float($0) })
    }
}

extension GroupedAttentionConfiguration {
    fileprivate var json: JSONObject {
        [
            "num_key_value_heads": JSONValue(numKeyValueHeads), "head_dim": JSONValue(headDim),
            "biases": JSONValue(hasBiases),
        ]
    }

    fileprivate init(store fields: JSONFields) throws(CheckpointError) {
        self.init(
            numKeyValueHeads: try fields.size("num_key_value_heads"), headDim: try fields.size("head_dim"),
            hasBiases: try fields.bool("biases"))
    }
}

extension ExpertConfiguration {
    fileprivate var json: JSONObject {
        [
            "n_routed_experts": JSONValue(nRoutedExperts), "num_experts_per_tok": JSONValue(numExpertsPerTok),
            "n_shared_experts": JSONValue(nSharedExperts), "moe_intermediate_size": JSONValue(moeIntermediateSize),
            "first_k_dense_replace": JSONValue(firstKDenseReplace), "moe_layer_freq": JSONValue(moeLayerFreq),
            "scoring_func": .string(scoring == .sigmoid ? "sigmoid" : "softmax"),
            "correction_bias": JSONValue(hasCorrectionBias), "n_group": JSONValue(nGroup),
            "topk_group": JSONValue(topkGroup), "norm_topk_prob": JSONValue(normTopkProb),
            "routed_scaling_factor": JSONValue(Double(routedScalingFactor)),
        ]
    }

    fileprivate init(store fields: JSONFields) throws(CheckpointError) {
        nRoutedExperts = try fields.size("n_routed_experts")
        numExpertsPerTok = try fields.size("num_experts_per_tok")
        nSharedExperts = try fields.size("n_shared_experts", atLeast: 0)
        moeIntermediateSize = try fields.size("moe_intermediate_size")
        firstKDenseReplace = try fields.size("first_k_dense_replace", atLeast: 0)
        moeLayerFreq = try fields.size("moe_layer_freq")
        switch try fields.string("scoring_func") {
        case "sigmoid": scoring = .sigmoid
        case "softmax": scoring = .softmax
        case let other: throw fields.error("scoring_func", "\(other) is not supported")
        }
        hasCorrectionBias = try fields.bool("correction_bias")
        nGroup = try fields.size("n_group")
        topkGroup = try fields.size("topk_group")
        normTopkProb = try fields.bool("norm_topk_prob")
        routedScalingFactor = Float(try fields.positive("routed_scaling_factor"))
    }
}

extension RopeConfiguration {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "dimension": JSONValue(dimension), "theta": JSONValue(theta),
            "layout": .string(layout == .interleaved ? "interleaved" : "halves"),
        ]
        switch scaling {
        case .none, .divisors: break
        case .linear(let factor): object.append("linear", ["factor": JSONValue(factor)])
        case .yarn(let yarn): object.append("yarn", .object(yarn.json))
        case .llama3(let factor, let low, let high, let original):
            object.append(
                "llama3",
                [
                    "factor": JSONValue(factor), "low_freq_factor": JSONValue(low), "high_freq_factor": JSONValue(high),
                    "original_max_position_embeddings": JSONValue(original),
                ])
        case .frequencies(let values):
            object.append("inverse_frequencies", .array(values.map { JSONValue(Double($0)) }))
        }
        return object
    }

    fileprivate init(store fields: JSONFields) throws(CheckpointError) {
        dimension = try fields.size("dimension")
        theta = try fields.positive("theta")
        switch try fields.string("layout") {
        case "interleaved": layout = .interleaved
        case "halves": layout = .halves
        case let other: throw fields.error("layout", "\(other) is not supported")
        }
        scaling = .none
        if let linear = try fields.nested("linear") { scaling = .linear(factor: try linear.positive("factor")) }
        if let yarn = try fields.nested("yarn") { scaling = .yarn(try YarnConfiguration(store: yarn)) }
        if let llama = try fields.nested("llama3") {
            scaling = .llama3(
                factor: try llama.positive("factor"), lowFrequencyFactor: try llama.positive("low_freq_factor"),
                highFrequencyFactor: try llama.positive("high_freq_factor"),
                originalLength: try llama.size("original_max_position_embeddings"))
        }
        if let values = fields.object["inverse_frequencies"] {
            guard let numbers = values.arrayValue?.map({ $0.doubleValue }), numbers.allSatisfy({ $0 != nil }) else {
                throw fields.error("inverse_frequencies", "must be an array of numbers")
            }
            scaling = .frequencies(numbers.map { Float($0 ?? 0) })
        }
    }
}

extension YarnConfiguration {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "factor": JSONValue(factor), "original_max_position_embeddings": JSONValue(originalMaxPositionEmbeddings),
            "beta_fast": JSONValue(betaFast), "beta_slow": JSONValue(betaSlow),
        ]
        if let mscale { object.append("mscale", JSONValue(mscale)) }
        if let mscaleAllDim { object.append("mscale_all_dim", JSONValue(mscaleAllDim)) }
        if let attentionFactor { object.append("attention_factor", JSONValue(attentionFactor)) }
        return object
    }

    fileprivate init(store fields: JSONFields) throws(CheckpointError) {
        self.init(
            factor: try fields.positive("factor"),
            originalMaxPositionEmbeddings: try fields.size("original_max_position_embeddings"),
            betaFast: try fields.positive("beta_fast"), betaSlow: try fields.positive("beta_slow"),
            mscale: try fields.optionalNumber("mscale"), mscaleAllDim: try fields.optionalNumber("mscale_all_dim"),
            attentionFactor: try fields.optionalPositive("attention_factor"))
    }
}
