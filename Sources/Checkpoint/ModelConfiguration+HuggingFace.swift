import JSON
import Kernels

/// Reads config.json of the model types that Minke runs. Both spellings of the rotary settings are accepted:
/// `rope_scaling` + `rope_theta`, and `rope_parameters` of newer files.
extension ModelConfiguration {
    /// Types with DeepSeek's latent attention, and whether their router is a sigmoid.
    private static let latentTypes: [String: Bool] = [
        "deepseek_v2": false, "deepseek_v3": true, "kimi_k2": true, "glm4_moe_lite": true,
    ]

    /// Dense types with grouped-query attention.
    private static let groupedTypes = ["llama", "qwen2"]

    /// Reads the configuration in `object`, which was parsed from `path`.
    init(huggingFace object: JSONObject, path: String) throws(CheckpointError) {
        let fields = JSONFields(path: path, object: object)
        let type = try fields.optionalString("model_type") ?? ""
        modelType = type
        guard !type.isEmpty else { throw fields.error("model_type", "is missing") }
        guard Self.latentTypes[type] != nil || Self.groupedTypes.contains(type) else {
            let supported = (Self.latentTypes.keys.sorted() + Self.groupedTypes).joined(separator: ", ")
            throw CheckpointError(
                .unsupported, path: path, field: "model_type", "\(type) is not supported; supported are \(supported)")
        }
        _ = try QuantizationScheme(fields)
        if let activation = try fields.optionalString("hidden_act"), activation != "silu" {
            throw fields.error("hidden_act", "is \(activation); only silu is supported")
        }
        vocabSize = try fields.size("vocab_size")
        hiddenSize = try fields.size("hidden_size")
        numHiddenLayers = try fields.size("num_hidden_layers")
        numNextnPredictLayers = try fields.optionalSize("num_nextn_predict_layers", atLeast: 0) ?? 0
        numAttentionHeads = try fields.size("num_attention_heads")
        intermediateSize = try fields.size("intermediate_size")
        rmsNormEps = Float(try fields.positive("rms_norm_eps"))
        maxPositionEmbeddings = try fields.size("max_position_embeddings")
        tieWordEmbeddings = try fields.optionalBool("tie_word_embeddings") ?? false
        if let sigmoid = Self.latentTypes[type] {
            let latent = LatentAttentionConfiguration(
                qLoraRank: try fields.optionalSize("q_lora_rank"),
                kvLoraRank: try fields.size("kv_lora_rank"),
                qkNopeHeadDim: try fields.size("qk_nope_head_dim"),
                qkRopeHeadDim: try fields.size("qk_rope_head_dim"),
                vHeadDim: try fields.size("v_head_dim"))
            attention = .latent(latent)
            let interleaved = try fields.optionalBool("rope_interleave") ?? true
            rope = try RopeConfiguration(
                huggingFace: fields, dimension: latent.qkRopeHeadDim, layout: interleaved ? .interleaved : .halves)
            experts = try ExpertConfiguration(huggingFace: fields, sigmoidByDefault: sigmoid)
        } else {
            if try fields.optionalBool("use_sliding_window") ?? false {
                throw fields.error("use_sliding_window", "is not supported")
            }
            if try fields.optionalBool("mlp_bias") ?? false { throw fields.error("mlp_bias", "is not supported") }
            if type == "llama", try fields.optionalBool("attention_bias") ?? false {
                throw fields.error("attention_bias", "is not supported")
            }
            let headDim = try fields.optionalSize("head_dim") ?? hiddenSize / numAttentionHeads
            attention = .grouped(
                GroupedAttentionConfiguration(
                    numKeyValueHeads: try fields.optionalSize("num_key_value_heads") ?? numAttentionHeads,
                    headDim: headDim, hasBiases: type == "qwen2"))
            rope = try RopeConfiguration(huggingFace: fields, dimension: headDim, layout: .halves)
            experts = nil
        }
        try validate(path: path) { $0 }
    }
}

extension ExpertConfiguration {
    /// The experts of a config.json; `nil` if it has none.
    init?(huggingFace fields: JSONFields, sigmoidByDefault: Bool) throws(CheckpointError) {
        guard let routed = try fields.optionalSize("n_routed_experts") else { return nil }
        nRoutedExperts = routed
        numExpertsPerTok = try fields.size("num_experts_per_tok")
        nSharedExperts = try fields.optionalSize("n_shared_experts", atLeast: 0) ?? 0
        moeIntermediateSize = try fields.size("moe_intermediate_size")
        firstKDenseReplace = try fields.optionalSize("first_k_dense_replace", atLeast: 0) ?? 0
        moeLayerFreq = try fields.optionalSize("moe_layer_freq") ?? 1
        switch try fields.optionalString("scoring_func") {
        case nil: scoring = sigmoidByDefault ? .sigmoid : .softmax
        case "softmax": scoring = .softmax
        case "sigmoid": scoring = .sigmoid
        case .some(let other): throw fields.error("scoring_func", "\(other) is not supported")
        }
        let method = try fields.optionalString("topk_method") ?? (scoring == .sigmoid ? "noaux_tc" : "greedy")
        guard ["greedy", "group_limited_greedy", "noaux_tc"].contains(method) else {
            throw fields.error("topk_method", "\(method) is not supported")
        }
        hasCorrectionBias = method == "noaux_tc"
        let groups = try fields.optionalSize("n_group") ?? 1
        nGroup = method == "greedy" ? 1 : groups
        topkGroup = method == "greedy" ? 1 : try fields.optionalSize("topk_group") ?? 1
        normTopkProb = try fields.optionalBool("norm_topk_prob") ?? false
        routedScalingFactor = Float(try fields.optionalPositive("routed_scaling_factor") ?? 1)
    }
}

extension RopeConfiguration {
    /// The rotary settings of a config.json.
    init(huggingFace fields: JSONFields, dimension: Int, layout: Compute.RopeLayout) throws(CheckpointError) {
        self.dimension = dimension
        self.layout = layout
        let parameters = try fields.nested("rope_parameters")
        let settings = try fields.nested("rope_scaling") ?? parameters
        let topLevelTheta = try fields.optionalPositive("rope_theta")
        theta = try parameters?.optionalPositive("rope_theta") ?? topLevelTheta ?? 10000
        scaling = .none
        guard let settings else { return }
        let oldName = try settings.optionalString("type")
        switch try settings.optionalString("rope_type") ?? oldName ?? "default" {
        case "default": break
        case "linear": scaling = .linear(factor: try settings.positive("factor"))
        case "yarn":
            let original = try settings.optionalSize("original_max_position_embeddings")
            let maximum = try fields.size("max_position_embeddings")
            scaling = .yarn(
                YarnConfiguration(
                    factor: try settings.positive("factor"),
                    originalMaxPositionEmbeddings: original ?? maximum,
                    betaFast: try settings.optionalPositive("beta_fast") ?? 32,
                    betaSlow: try settings.optionalPositive("beta_slow") ?? 1,
                    mscale: try settings.optionalNumber("mscale"),
                    mscaleAllDim: try settings.optionalNumber("mscale_all_dim"),
                    attentionFactor: try settings.optionalPositive("attention_factor")))
        case "llama3":
            scaling = .llama3(
                factor: try settings.positive("factor"),
                lowFrequencyFactor: try settings.positive("low_freq_factor"),
                highFrequencyFactor: try settings.positive("high_freq_factor"),
                originalLength: try settings.size("original_max_position_embeddings"))
        case let other: throw settings.error("rope_type", "\(other) is not supported")
        }
    }
}
