import Kernels

/// Rewrites a Llama-type GGUF exactly in DeepSeek's layout: latent attention and routed experts, no training.
///
/// Attention: the latent is the value heads side by side, the shared rotary key the key heads side by side (their
/// frequencies repeated); a query head is zero outside its group's part. The latent norm is made the identity by an
/// epsilon of 2⁴⁰ and weights of 2²⁰, the score factor is stated. Feed-forward: the first neurons are the shared
/// expert, contiguous runs of the others the routed ones, all of them always active with weight exactly 1.
/// Quantized blocks are carried over as they are; only zeros and ones are added.
public struct LatentRewrite {
    /// Routed experts per layer; a power of two keeps their weights exactly 1.
    public static let expertCount = 16
    /// Channels of a query head without rotation; they are zero.
    private static let nopeWidth = 32
    private static let neutralEpsilon = 0x1p40
    private static let neutralWeight: Float = 0x1p20

    private let source: ModelSource
    private let model: BoundModel
    private let grouped: GroupedAttentionConfiguration
    private let metadata: [String: GGUFValue]
    private let expertWidth: Int
    private let sharedWidth: Int

    /// Checks that `source` can be rewritten with routed experts of `expertWidth` neurons.
    public init(_ source: ModelSource, expertWidth: Int = 64) throws(CheckpointError) {
        guard case .gguf(let metadata) = try source.metadata(),
            case .grouped(let grouped) = source.configuration.attention,
            source.configuration.modelType == "llama", source.configuration.tieWordEmbeddings
        else {
            throw CheckpointError(
                .unsupported, path: source.path, field: "general.architecture",
                "only GGUF files of arch llama with tied embeddings can be rewritten")
        }
        let width = source.configuration.intermediateSize
        sharedWidth = width - Self.expertCount * expertWidth
        guard expertWidth > 0, sharedWidth >= 0, sharedWidth % expertWidth == 0 else {
            throw CheckpointError(
                .unsupported, path: source.path, field: "feed_forward_length",
                "\(width) neurons cannot be split into \(Self.expertCount) experts of \(expertWidth) and a shared one")
        }
        self.source = source
        self.metadata = metadata
        self.grouped = grouped
        self.expertWidth = expertWidth
        model = try source.bind()
        guard model.ropeDivisors == nil, source.configuration.rope.scaling == .none else {
            throw CheckpointError(
                .unsupported, path: source.path, field: "rope scaling",
                "models with scaled frequencies cannot be rewritten")
        }
    }

    /// Writes the rewritten model to `path`.
    public func write(to path: String) throws(CheckpointError) {
        var tensors = [
            copy("token_embd.weight", model.embedding), copy("output_norm.weight", model.outputNorm),
        ]
        for (index, layer) in model.layers.enumerated() {
            guard case .grouped(let attention) = layer.attention, case .dense(let network) = layer.feedForward else {
                preconditionFailure("a llama model has grouped attention and dense layers")
            }
            let prefix = "blk.\(index)."
            tensors.append(copy(prefix + "attn_norm.weight", layer.attentionNorm))
            tensors += try rewrite(attention, prefix)
            tensors.append(copy(prefix + "ffn_norm.weight", layer.feedForwardNorm))
            tensors += try rewrite(network, prefix)
        }
        try GGUFWriter(metadata: rewrittenMetadata(), tensors: tensors).write(to: path)
    }

    // MARK: - Attention

    private func rewrite(
        _ attention: BoundGroupedAttention, _ prefix: String
    ) throws(CheckpointError) -> [GGUFWriter.Tensor] {
        let heads = source.configuration.numAttentionHeads
        let hidden = source.configuration.hiddenSize
        let latentWidth = grouped.numKeyValueHeads * grouped.headDim
        guard attention.keys.entry.type == attention.values.entry.type else {
            throw CheckpointError(
                .unsupported, path: source.path, field: attention.keys.entry.name,
                "keys and values must be quantized alike to share a matrix")
        }
        let queryRows = heads * (Self.nopeWidth + latentWidth)
        return [
            GGUFWriter.Tensor(
                name: prefix + "attn_q.weight", type: attention.queries.entry.type, shape: [queryRows, hidden],
                bytes: { () throws(CheckpointError) in try spreadQueries(attention.queries) }),
            GGUFWriter.Tensor(
                name: prefix + "attn_kv_a_mqa.weight", type: attention.keys.entry.type,
                shape: [2 * latentWidth, hidden],
                bytes: { () throws(CheckpointError) in try read(attention.values) + read(attention.keys) }),
            GGUFWriter.Tensor(
                name: prefix + "attn_kv_a_norm.weight", type: .f32, shape: [latentWidth],
                bytes: { floats(Self.neutralWeight, count: latentWidth) }),
            GGUFWriter.Tensor(
                name: prefix + "attn_k_b.weight", type: .q8_0, shape: [heads, latentWidth, Self.nopeWidth],
                bytes: { zeros(.q8_0, heads * latentWidth * Self.nopeWidth) }),
            GGUFWriter.Tensor(
                name: prefix + "attn_v_b.weight", type: .q8_0, shape: [heads, grouped.headDim, latentWidth],
                bytes: { valueSelection() }),
            copy(prefix + "attn_output.weight", attention.output),
        ]
    }

    /// Query rows of each head at the place of its group, zeros elsewhere.
    private func spreadQueries(_ queries: BoundTensor) throws(CheckpointError) -> [UInt8] {
        let stored = try read(queries)
        let rowLength = queries.rowByteCount
        let headLength = grouped.headDim * rowLength
        var spread: [UInt8] = []
        for head in 0..<source.configuration.numAttentionHeads {
            let group = groupIndex(head)
            let before = (Self.nopeWidth + group * grouped.headDim) * rowLength
            let after = (grouped.numKeyValueHeads - 1 - group) * headLength
            spread += [UInt8](repeating: 0, count: before)
            spread += stored[head * headLength..<(head + 1) * headLength]
            spread += [UInt8](repeating: 0, count: after)
        }
        return spread
    }

    /// For each head a matrix that picks its group's values out of the latent: Q8_0 with scale 1.
    private func valueSelection() -> [UInt8] {
        let width = grouped.numKeyValueHeads * grouped.headDim
        let blockLength = WeightType.q8_0.blockLength
        var bytes: [UInt8] = []
        for head in 0..<source.configuration.numAttentionHeads {
            for channel in 0..<grouped.headDim {
                let picked = groupIndex(head) * grouped.headDim + channel
                for block in 0..<width / blockLength {
                    var quants = [UInt8](repeating: 0, count: blockLength)
                    if picked / blockLength == block { quants[picked % blockLength] = 1 }
                    // 1.0 as F16, then the quants.
                    bytes += [0x00, 0x3c] + quants
                }
            }
        }
        return bytes
    }

    private func groupIndex(_ head: Int) -> Int {
        head / (source.configuration.numAttentionHeads / grouped.numKeyValueHeads)
    }

    // MARK: - Experts

    private func rewrite(_ network: BoundSwiGLU, _ prefix: String) throws(CheckpointError) -> [GGUFWriter.Tensor] {
        let hidden = source.configuration.hiddenSize
        let count = Self.expertCount
        let routed = sharedWidth..<source.configuration.intermediateSize
        guard expertWidth % network.down.entry.type.blockLength == 0 else {
            throw CheckpointError(
                .unsupported, path: source.path, field: network.down.entry.name,
                "experts of \(expertWidth) neurons cut blocks of \(network.down.entry.type.name)")
        }
        var tensors = [
            GGUFWriter.Tensor(
                name: prefix + "ffn_gate_inp.weight", type: .f32, shape: [count, hidden],
                bytes: { zeros(.f32, count * hidden) }),
            GGUFWriter.Tensor(
                name: prefix + "exp_probs_b.bias", type: .f32, shape: [count], bytes: { zeros(.f32, count) }),
            rows(prefix + "ffn_gate_exps.weight", network.gate, routed, shape: [count, expertWidth, hidden]),
            rows(prefix + "ffn_up_exps.weight", network.up, routed, shape: [count, expertWidth, hidden]),
            GGUFWriter.Tensor(
                name: prefix + "ffn_down_exps.weight", type: network.down.entry.type,
                shape: [count, hidden, expertWidth],
                bytes: { () throws(CheckpointError) in
                    let stored = try read(network.down)
                    return (0..<count).flatMap { expert in
                        let first = sharedWidth + expert * expertWidth
                        return columns(first..<first + expertWidth, of: stored, network.down)
                    }
                }),
        ]
        if sharedWidth > 0 {
            let shape = [sharedWidth, hidden]
            tensors += [
                rows(prefix + "ffn_gate_shexp.weight", network.gate, 0..<sharedWidth, shape: shape),
                rows(prefix + "ffn_up_shexp.weight", network.up, 0..<sharedWidth, shape: shape),
                GGUFWriter.Tensor(
                    name: prefix + "ffn_down_shexp.weight", type: network.down.entry.type,
                    shape: [hidden, sharedWidth],
                    bytes: { () throws(CheckpointError) in
                        columns(0..<sharedWidth, of: try read(network.down), network.down)
                    }),
            ]
        }
        return tensors
    }

    // MARK: - Pieces

    private func copy(_ name: String, _ tensor: BoundTensor) -> GGUFWriter.Tensor {
        GGUFWriter.Tensor(
            name: name, type: tensor.entry.type, shape: tensor.entry.shape,
            bytes: { () throws(CheckpointError) in try read(tensor) })
    }

    private func rows(
        _ name: String, _ tensor: BoundTensor, _ rows: Range<Int>, shape: [Int]
    ) -> GGUFWriter.Tensor {
        var part = tensor
        part.rows = rows
        return GGUFWriter.Tensor(
            name: name, type: tensor.entry.type, shape: shape,
            bytes: { () throws(CheckpointError) in try read(part) })
    }

    /// The blocks of some columns of every row.
    private func columns(_ range: Range<Int>, of stored: [UInt8], _ tensor: BoundTensor) -> [UInt8] {
        let type = tensor.entry.type
        let begin = range.lowerBound / type.blockLength * type.blockByteCount
        let end = range.upperBound / type.blockLength * type.blockByteCount
        return tensor.rows.flatMap { row in
            stored[row * tensor.rowByteCount + begin..<row * tensor.rowByteCount + end]
        }
    }

    private func read(_ tensor: BoundTensor) throws(CheckpointError) -> [UInt8] {
        try source.files[tensor.entry.fileIndex]
            .bytes(at: tensor.offset, count: tensor.byteCount, field: tensor.entry.name)
    }

    private func zeros(_ type: WeightType, _ count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: count / type.blockLength * type.blockByteCount)
    }

    private func floats(_ value: Float, count: Int) -> [UInt8] {
        (0..<count).flatMap { _ in value.bitPattern.littleEndianBytes }
    }

    /// Tokenizer, licence and names as they are, the shape under the new architecture's prefix.
    private func rewrittenMetadata() -> [(key: String, value: GGUFValue)] {
        let c = source.configuration
        let architecture = ModelConfiguration.explicitArchitecture
        let width = grouped.numKeyValueHeads * grouped.headDim
        let frequencies = RopeTable(c.rope).inverseFrequencies
        let shape: [(String, GGUFValue)] = [
            ("block_count", .integer(c.numHiddenLayers)), ("context_length", .integer(c.maxPositionEmbeddings)),
            ("embedding_length", .integer(c.hiddenSize)), ("feed_forward_length", .integer(c.intermediateSize)),
            ("vocab_size", .integer(c.vocabSize)), ("attention.head_count", .integer(c.numAttentionHeads)),
            ("attention.head_count_kv", .integer(1)), ("attention.kv_lora_rank", .integer(width)),
            ("attention.layer_norm_rms_epsilon", .float(Double(c.rmsNormEps))),
            ("attention.latent_norm_epsilon", .float(Self.neutralEpsilon)),
            ("attention.scale", .float(1 / Double(grouped.headDim).squareRoot())),
            ("attention.key_length", .integer(2 * width)), ("attention.value_length", .integer(width)),
            ("attention.key_length_mla", .integer(Self.nopeWidth + width)),
            ("attention.value_length_mla", .integer(grouped.headDim)), ("rope.dimension_count", .integer(width)),
            ("rope.freq_base", .float(c.rope.theta)),
            ("rope.inverse_frequencies", .floats((0..<grouped.numKeyValueHeads).flatMap { _ in frequencies })),
            ("leading_dense_block_count", .integer(0)), ("expert_count", .integer(Self.expertCount)),
            ("expert_used_count", .integer(Self.expertCount)),
            ("expert_shared_count", .integer(sharedWidth / expertWidth)),
            ("expert_feed_forward_length", .integer(expertWidth)),
            ("expert_weights_scale", .float(Double(Self.expertCount))), ("expert_weights_norm", .bool(true)),
            ("expert_gating_func", .integer(2)), ("expert_group_count", .integer(1)),
        ]
        let kept = metadata.filter {
            ($0.key.hasPrefix("general.") && $0.key != "general.architecture" && $0.key != "general.alignment")
                || $0.key.hasPrefix("tokenizer.")
        }
        return [("general.architecture", .string(architecture))]
            + kept.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            + shape.map { (architecture + "." + $0.0, $0.1) }
    }
}
