/// Gives the tensors of a Hugging Face checkpoint their places (names as in the released models).
extension ModelSource {
    func bindHuggingFace(scaleBlock: ScaleBlock?) throws(CheckpointError) -> BoundModel {
        let c = configuration
        var claims = TensorClaims(self, scaleBlock: scaleBlock)
        let embedding = try claims.claim(
            "model.embed_tokens.weight", [c.vocabSize, c.hiddenSize], use: c.tieWordEmbeddings ? .product : .lookup)
        let outputNorm = try claims.claimVector("model.norm.weight", c.hiddenSize)
        var head: BoundTensor?
        if c.tieWordEmbeddings {
            claims.ignore("lm_head.weight")
        } else {
            head = try claims.claim("lm_head.weight", [c.vocabSize, c.hiddenSize])
        }
        var layers: [BoundLayer] = []
        for layer in 0..<c.numHiddenLayers {
            let prefix = "model.layers.\(layer)."
            let attention: BoundAttention
            switch c.attention {
            case .latent(let latent):
                attention = .latent(try bindLatent(latent, prefix + "self_attn.", &claims))
            case .grouped(let grouped):
                let names = GroupedAttentionNames(
                    queries: prefix + "self_attn.q_proj", keys: prefix + "self_attn.k_proj",
                    values: prefix + "self_attn.v_proj", output: prefix + "self_attn.o_proj")
                attention = .grouped(try bindGrouped(grouped, names, &claims))
            }
            layers.append(
                BoundLayer(
                    attentionNorm: try claims.claimVector(prefix + "input_layernorm.weight", c.hiddenSize),
                    attention: attention,
                    feedForwardNorm: try claims.claimVector(prefix + "post_attention_layernorm.weight", c.hiddenSize),
                    feedForward: try bindFeedForward(layer, prefix + "mlp.", &claims)))
        }
        // Layers that predict further tokens stay on disk; old files carry their rotary frequencies.
        try claims.finish { name in
            name.hasSuffix(".rotary_emb.inv_freq") || isPrediction(Self.layerNumber(of: name, after: "model.layers."))
        }
        return BoundModel(
            embedding: embedding, outputNorm: outputNorm, outputHead: head, ropeDivisors: nil, layers: layers)
    }

    private func bindLatent(
        _ latent: LatentAttentionConfiguration, _ prefix: String, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundLatentAttention {
        let names = LatentAttentionNames(
            queries: prefix + "q_proj", queriesDown: prefix + "q_a_proj", queriesNorm: prefix + "q_a_layernorm",
            queriesUp: prefix + "q_b_proj", compression: prefix + "kv_a_proj_with_mqa",
            latentNorm: prefix + "kv_a_layernorm", expansion: prefix + "kv_b_proj", output: prefix + "o_proj")
        let expansion = BoundLatentAttention.Expansion.fused(try claimFusedExpansion(latent, names, &claims))
        return try bindLatent(latent, names, expansion, &claims)
    }

    private func bindFeedForward(
        _ layer: Int, _ prefix: String, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundFeedForward {
        let c = configuration
        guard let experts = c.experts, c.hasExperts(layer: layer) else {
            return .dense(try bindSwiGLU(prefix, width: c.intermediateSize, &claims))
        }
        var routed: [BoundSwiGLU] = []
        for expert in 0..<experts.nRoutedExperts {
            routed.append(try bindSwiGLU("\(prefix)experts.\(expert).", width: experts.moeIntermediateSize, &claims))
        }
        let sharedWidth = experts.nSharedExperts * experts.moeIntermediateSize
        return .mixture(
            BoundMixture(
                router: try claims.claim(prefix + "gate.weight", [experts.nRoutedExperts, c.hiddenSize], use: .float),
                correctionBias: experts.hasCorrectionBias
                    ? try claims.claimVector(prefix + "gate.e_score_correction_bias", experts.nRoutedExperts) : nil,
                experts: routed,
                shared: sharedWidth > 0 ? try bindSwiGLU(prefix + "shared_experts.", width: sharedWidth, &claims) : nil)
        )
    }

    private func bindSwiGLU(
        _ prefix: String, width: Int, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundSwiGLU {
        try bindSwiGLU(
            gate: prefix + "gate_proj", up: prefix + "up_proj", down: prefix + "down_proj", width: width, &claims)
    }
}
