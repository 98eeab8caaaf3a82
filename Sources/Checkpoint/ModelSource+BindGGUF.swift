/// Gives the tensors of a GGUF file or a packed store their places (names of llama.cpp's converter; shapes slowest
/// first).
extension ModelSource {
    func bindGGUF(scaleBlock: ScaleBlock?) throws(CheckpointError) -> BoundModel {
        let c = configuration
        var claims = TensorClaims(self, scaleBlock: scaleBlock)
        let embedding = try claims.claim(
            "token_embd.weight", [c.vocabSize, c.hiddenSize], use: c.tieWordEmbeddings ? .product : .lookup)
        let outputNorm = try claims.claimVector("output_norm.weight", c.hiddenSize)
        let head = c.tieWordEmbeddings ? nil : try claims.claim("output.weight", [c.vocabSize, c.hiddenSize])
        let divisors =
            claims.has("rope_freqs.weight")
            ? try claims.claimVector("rope_freqs.weight", c.rope.dimension / 2) : nil
        var layers: [BoundLayer] = []
        for layer in 0..<c.numHiddenLayers {
            let prefix = "blk.\(layer)."
            let attention: BoundAttention
            switch c.attention {
            case .latent(let latent): attention = .latent(try bindGGUFLatent(latent, prefix, &claims))
            case .grouped(let grouped):
                let names = GroupedAttentionNames(
                    queries: prefix + "attn_q", keys: prefix + "attn_k", values: prefix + "attn_v",
                    output: prefix + "attn_output")
                attention = .grouped(try bindGrouped(grouped, names, &claims))
            }
            layers.append(
                BoundLayer(
                    attentionNorm: try claims.claimVector(prefix + "attn_norm.weight", c.hiddenSize),
                    attention: attention,
                    feedForwardNorm: try claims.claimVector(prefix + "ffn_norm.weight", c.hiddenSize),
                    feedForward: try bindGGUFFeedForward(layer, prefix, &claims)))
        }
        try claims.finish { isPrediction(Self.layerNumber(of: $0, after: "blk.")) }
        return BoundModel(
            embedding: embedding, outputNorm: outputNorm, outputHead: head, ropeDivisors: divisors, layers: layers)
    }

    private func bindGGUFLatent(
        _ latent: LatentAttentionConfiguration, _ prefix: String, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundLatentAttention {
        let names = LatentAttentionNames(
            queries: prefix + "attn_q", queriesDown: prefix + "attn_q_a", queriesNorm: prefix + "attn_q_a_norm",
            queriesUp: prefix + "attn_q_b", compression: prefix + "attn_kv_a_mqa",
            latentNorm: prefix + "attn_kv_a_norm", expansion: prefix + "attn_kv_b", output: prefix + "attn_output")
        guard claims.has(prefix + "attn_k_b.weight") else {
            let fused = try claimFusedExpansion(latent, names, &claims)
            return try bindLatent(latent, names, .fused(fused), &claims)
        }
        // Some files of the time of the change hold both forms.
        claims.ignore(prefix + "attn_kv_b.weight")
        let heads = configuration.numAttentionHeads
        let expansion = BoundLatentAttention.Expansion.split(
            keys: try claims.claim(
                prefix + "attn_k_b.weight", [heads, latent.kvLoraRank, latent.qkNopeHeadDim],
                use: .products(ofRows: latent.kvLoraRank)),
            values: try claims.claim(
                prefix + "attn_v_b.weight", [heads, latent.vHeadDim, latent.kvLoraRank],
                use: .products(ofRows: latent.vHeadDim)))
        return try bindLatent(latent, names, expansion, &claims)
    }

    private func bindGGUFFeedForward(
        _ layer: Int, _ prefix: String, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundFeedForward {
        let c = configuration
        guard let experts = c.experts, c.hasExperts(layer: layer) else {
            return .dense(try bindGGUFSwiGLU(prefix, "", width: c.intermediateSize, &claims))
        }
        let sharedWidth = experts.nSharedExperts * experts.moeIntermediateSize
        let biasName = prefix + "exp_probs_b.bias"
        return .mixture(
            BoundMixture(
                router: try claims.claim(
                    prefix + "ffn_gate_inp.weight", [experts.nRoutedExperts, c.hiddenSize], use: .float),
                correctionBias: experts.hasCorrectionBias
                    ? try claims.claimVector(biasName, experts.nRoutedExperts) : nil,
                experts: try bindExperts(experts, layer, prefix, &claims),
                shared: sharedWidth > 0 ? try bindGGUFSwiGLU(prefix, "_shexp", width: sharedWidth, &claims) : nil))
    }

    private func bindExperts(
        _ experts: ExpertConfiguration, _ layer: Int, _ prefix: String, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> [BoundSwiGLU] {
        guard let store else { return try bindStackedExperts(experts, prefix, &claims) }
        return try bindRecords(store, experts, layer: layer, &claims)
    }

    /// Experts are stacked in one tensor per projection; newer files stack gate and up rows of an expert too.
    private func bindStackedExperts(
        _ experts: ExpertConfiguration, _ prefix: String, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> [BoundSwiGLU] {
        let (count, width, hidden) = (experts.nRoutedExperts, experts.moeIntermediateSize, configuration.hiddenSize)
        func slice(_ tensor: BoundTensor, _ rows: Range<Int>) -> BoundTensor {
            var slice = tensor
            slice.rows = rows
            return slice
        }
        let down = try claims.claim(prefix + "ffn_down_exps.weight", [count, hidden, width])
        let downs = (0..<count).map { slice(down, $0 * hidden..<($0 + 1) * hidden) }
        if claims.has(prefix + "ffn_gate_up_exps.weight") {
            let both = try claims.claim(prefix + "ffn_gate_up_exps.weight", [count, 2 * width, hidden])
            return (0..<count).map { expert in
                let first = 2 * expert * width
                return BoundSwiGLU(
                    gate: slice(both, first..<first + width), up: slice(both, first + width..<first + 2 * width),
                    down: downs[expert])
            }
        }
        let gate = try claims.claim(prefix + "ffn_gate_exps.weight", [count, width, hidden])
        let up = try claims.claim(prefix + "ffn_up_exps.weight", [count, width, hidden])
        return (0..<count).map { expert in
            let rows = expert * width..<(expert + 1) * width
            return BoundSwiGLU(gate: slice(gate, rows), up: slice(up, rows), down: downs[expert])
        }
    }

    private func bindGGUFSwiGLU(
        _ prefix: String, _ suffix: String, width: Int, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundSwiGLU {
        try bindSwiGLU(
            gate: "\(prefix)ffn_gate\(suffix)", up: "\(prefix)ffn_up\(suffix)", down: "\(prefix)ffn_down\(suffix)",
            width: width, &claims)
    }
}
