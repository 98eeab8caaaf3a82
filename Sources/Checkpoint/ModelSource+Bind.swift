/// What both kinds of file have in common once the names are known.
extension ModelSource {
    /// Names of the tensors of latent attention, without `.weight`.
    struct LatentAttentionNames {
        let queries, queriesDown, queriesNorm, queriesUp: String
        let compression, latentNorm, expansion, output: String
    }

    /// Names of the tensors of grouped-query attention, without `.weight` and `.bias`.
    struct GroupedAttentionNames {
        let queries, keys, values, output: String
    }

    func bindLatent(
        _ latent: LatentAttentionConfiguration, _ names: LatentAttentionNames,
        _ expansion: BoundLatentAttention.Expansion, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundLatentAttention {
        let (heads, hidden) = (configuration.numAttentionHeads, configuration.hiddenSize)
        let queryWidth = heads * (latent.qkNopeHeadDim + latent.qkRopeHeadDim)
        let queries: BoundLatentAttention.Queries
        if let rank = latent.qLoraRank {
            queries = .lowRank(
                down: try claims.claim(names.queriesDown + ".weight", [rank, hidden]),
                norm: try claims.claimVector(names.queriesNorm + ".weight", rank),
                up: try claims.claim(names.queriesUp + ".weight", [queryWidth, rank]))
        } else {
            queries = .direct(try claims.claim(names.queries + ".weight", [queryWidth, hidden]))
        }
        return BoundLatentAttention(
            queries: queries,
            compression: try claims.claim(names.compression + ".weight", [latent.cacheWidth, hidden]),
            latentNorm: try claims.claimVector(names.latentNorm + ".weight", latent.kvLoraRank),
            expansion: expansion,
            output: try claims.claim(names.output + ".weight", [hidden, heads * latent.vHeadDim]))
    }

    func claimFusedExpansion(
        _ latent: LatentAttentionConfiguration, _ names: LatentAttentionNames, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundTensor {
        let width = configuration.numAttentionHeads * (latent.qkNopeHeadDim + latent.vHeadDim)
        return try claims.claim(names.expansion + ".weight", [width, latent.kvLoraRank], use: .float)
    }

    func bindGrouped(
        _ grouped: GroupedAttentionConfiguration, _ names: GroupedAttentionNames, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundGroupedAttention {
        let hidden = configuration.hiddenSize
        let queryWidth = configuration.numAttentionHeads * grouped.headDim
        let keyWidth = grouped.numKeyValueHeads * grouped.headDim
        var biases: (queries: BoundTensor, keys: BoundTensor, values: BoundTensor)?
        if grouped.hasBiases {
            biases = (
                try claims.claimVector(names.queries + ".bias", queryWidth),
                try claims.claimVector(names.keys + ".bias", keyWidth),
                try claims.claimVector(names.values + ".bias", keyWidth)
            )
        }
        return BoundGroupedAttention(
            queries: try claims.claim(names.queries + ".weight", [queryWidth, hidden]),
            keys: try claims.claim(names.keys + ".weight", [keyWidth, hidden]),
            values: try claims.claim(names.values + ".weight", [keyWidth, hidden]),
            biases: biases,
            output: try claims.claim(names.output + ".weight", [hidden, queryWidth]))
    }

    func bindSwiGLU(
        gate: String, up: String, down: String, width: Int, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> BoundSwiGLU {
        BoundSwiGLU(
            gate: try claims.claim(gate + ".weight", [width, configuration.hiddenSize]),
            up: try claims.claim(up + ".weight", [width, configuration.hiddenSize]),
            down: try claims.claim(down + ".weight", [configuration.hiddenSize, width]))
    }

    /// Whether a layer comes after the decoder, to predict further tokens.
    func isPrediction(_ layer: Int?) -> Bool {
        let last = configuration.numHiddenLayers + configuration.numNextnPredictLayers
        return layer.map { (configuration.numHiddenLayers..<last).contains($0) } ?? false
    }

    /// The number that follows `prefix` in a tensor's name.
    static func layerNumber(of name: String, after prefix: String) -> Int? {
        guard name.hasPrefix(prefix) else { return nil }
        return Int(name.dropFirst(prefix.count).prefix { $0 != "." })
    }
}
