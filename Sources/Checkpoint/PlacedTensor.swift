/// A tensor that every token passes, under the name that GGUF files have for it, and what it does.
public struct PlacedTensor: Sendable {
    /// What a tensor does in the model: formats are chosen and sizes are told by it.
    public enum Role: String, Sendable, CaseIterable {
        /// Token embeddings; the output head too, if that is tied to them.
        case embedding
        /// Output head.
        case head
        /// Norms, biases, rotary divisors.
        case norm
        /// Router.
        case router
        /// Matrices of attention.
        case attention
        /// Dense feed-forward networks.
        case dense
        /// Shared experts.
        case shared
        /// Routed experts.
        case routed
    }

    /// Canonical name.
    public let name: String
    /// What it does.
    public let role: Role
    /// The tensor.
    public let tensor: BoundTensor
}

/// The routed experts of one layer.
public struct PlacedExperts: Sendable {
    /// The decoder layer.
    public let layer: Int
    /// Routed experts in order.
    public let experts: [BoundSwiGLU]
}

extension BoundModel {
    /// All tensors but the routed experts, in the order in which a token passes them.
    public var residentTensors: [PlacedTensor] {
        var placed = Placement()
        placed.add("token_embd.weight", .embedding, embedding)
        if let ropeDivisors { placed.add("rope_freqs.weight", .norm, ropeDivisors) }
        for (index, layer) in layers.enumerated() { placed.add(layer, prefix: "blk.\(index).") }
        placed.add("output_norm.weight", .norm, outputNorm)
        if let outputHead { placed.add("output.weight", .head, outputHead) }
        return placed.tensors
    }

    /// The routed experts of all layers that have any.
    public var routedExperts: [PlacedExperts] {
        layers.enumerated().compactMap { index, layer in
            guard case .mixture(let mixture) = layer.feedForward else { return nil }
            return PlacedExperts(layer: index, experts: mixture.experts)
        }
    }
}

extension BoundLayer {
    /// All tensors but the routed experts, in the order in which a token passes them, under their names in the layer.
    public var tensors: [PlacedTensor] {
        var placed = Placement()
        placed.add(self, prefix: "")
        return placed.tensors
    }

    /// The matrices among them that every token is multiplied with, the router apart.
    public var matrices: [BoundTensor] {
        tensors.filter { [.attention, .dense, .shared].contains($0.role) }.map(\.tensor)
    }
}

/// Collects the tensors of a model.
private struct Placement {
    var tensors: [PlacedTensor] = []

    mutating func add(_ name: String, _ role: PlacedTensor.Role, _ tensor: BoundTensor) {
        tensors.append(PlacedTensor(name: name, role: role, tensor: tensor))
    }

    mutating func add(_ layer: BoundLayer, prefix: String) {
        add(prefix + "attn_norm.weight", .norm, layer.attentionNorm)
        switch layer.attention {
        case .grouped(let grouped): add(grouped, prefix: prefix + "attn_")
        case .latent(let latent): add(latent, prefix: prefix + "attn_")
        }
        add(prefix + "attn_output.weight", .attention, layer.attention.output)
        add(prefix + "ffn_norm.weight", .norm, layer.feedForwardNorm)
        switch layer.feedForward {
        case .dense(let network): add(network, .dense, prefix: prefix, suffix: "")
        case .mixture(let mixture):
            add(prefix + "ffn_gate_inp.weight", .router, mixture.router)
            if let bias = mixture.correctionBias { add(prefix + "exp_probs_b.bias", .norm, bias) }
            if let shared = mixture.shared { add(shared, .shared, prefix: prefix, suffix: "_shexp") }
        }
    }

    private mutating func add(_ grouped: BoundGroupedAttention, prefix: String) {
        add(prefix + "q.weight", .attention, grouped.queries)
        add(prefix + "k.weight", .attention, grouped.keys)
        add(prefix + "v.weight", .attention, grouped.values)
        guard let biases = grouped.biases else { return }
        add(prefix + "q.bias", .norm, biases.queries)
        add(prefix + "k.bias", .norm, biases.keys)
        add(prefix + "v.bias", .norm, biases.values)
    }

    private mutating func add(_ latent: BoundLatentAttention, prefix: String) {
        switch latent.queries {
        case .direct(let matrix): add(prefix + "q.weight", .attention, matrix)
        case .lowRank(let down, let norm, let up):
            add(prefix + "q_a.weight", .attention, down)
            add(prefix + "q_a_norm.weight", .norm, norm)
            add(prefix + "q_b.weight", .attention, up)
        }
        add(prefix + "kv_a_mqa.weight", .attention, latent.compression)
        add(prefix + "kv_a_norm.weight", .norm, latent.latentNorm)
        switch latent.expansion {
        case .fused(let matrix): add(prefix + "kv_b.weight", .attention, matrix)
        case .split(let keys, let values):
            add(prefix + "k_b.weight", .attention, keys)
            add(prefix + "v_b.weight", .attention, values)
        }
    }

    private mutating func add(_ network: BoundSwiGLU, _ role: PlacedTensor.Role, prefix: String, suffix: String) {
        add(prefix + "ffn_gate\(suffix).weight", role, network.gate)
        add(prefix + "ffn_up\(suffix).weight", role, network.up)
        add(prefix + "ffn_down\(suffix).weight", role, network.down)
    }
}

extension BoundAttention {
    /// The output projection, which both kinds have.
    fileprivate var output: BoundTensor {
        switch self {
        case .latent(let latent): latent.output
        case .grouped(let grouped): grouped.output
        }
    }
}
