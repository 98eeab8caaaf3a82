import Checkpoint
import JSON
import Scratch

/// Manifests that contradict themselves, or what lies behind them.
extension HostileStore {
    static let contents: [HostileStore] = [
        HostileStore("tensors", nil, .malformed, "experts of layer 0"),
        HostileStore("tensors.1.name", "token_embd.weight", .malformed, "token_embd.weight"),
        HostileStore("tensors.1.name", "", .invalidConfiguration, "tensors[1].name"),
        HostileStore("tensors.1.name", "blk.9.attn_norm.weight", .missingTensor, "blk.0.attn_norm.weight"),
        HostileStore("experts.0.layer", 1, .malformed, "experts of layer 1"),
        HostileStore("experts.1.layer", 2, .unexpectedTensor, "experts of layer 2"),
        HostileStore("experts.1.layer", 4095, .unexpectedTensor, "experts of layer 4095"),
        HostileStore("configuration.num_hidden_layers", 3, .missingTensor, "blk.2."),
        HostileStore("configuration.num_hidden_layers", 1, .unexpectedTensor, "experts of layer 1"),
        HostileStore(
            "configuration.experts.first_k_dense_replace", 1, .invalidConfiguration, "configuration.intermediate_size"),
        HostileStore("configuration.experts.n_routed_experts", 8, .shapeMismatch, "blk.0.ffn_gate_inp.weight"),
        HostileStore("configuration.experts.moe_intermediate_size", 4, .shapeMismatch, "experts of layer 0"),
        HostileStore("configuration.experts.n_shared_experts", 0, .unexpectedTensor, "blk.0.ffn_"),
        HostileStore("configuration.experts", nil, .invalidConfiguration, "configuration.intermediate_size"),
        HostileStore("configuration.tie_word_embeddings", true, .unexpectedTensor, "output.weight"),
        HostileStore("configuration.hidden_size", 16, .shapeMismatch, "token_embd.weight"),
        HostileStore("records of a layer twice", .malformed, "experts of layer 1") { image in
            guard let first = try image.value("experts.1") else { throw ScratchFolder.Failure() }
            try image.set("experts.2", first)
            let start = first["offset"]?.intValue ?? 0
            let end = image.data.count
            try image.set("experts.2.offset", JSONValue(end))
            image.data += image.data[start..<end]
            image.checksums += image.checksums.suffix((first["count"]?.intValue ?? 0) * 3)
        },
        HostileStore("a document twice", .malformed, "metadata.gguf") { image in
            guard let first = try image.value("documents.0") else { throw ScratchFolder.Failure() }
            try image.set(
                "documents",
                [
                    first,
                    [
                        "name": "metadata.gguf",
                        "offset": JSONValue((first["bytes"]?.intValue ?? 0 + 4095) / 4096 * 4096 + 4096), "bytes": 0,
                    ],
                ])
        },
        HostileStore("a tensor more", .unexpectedTensor, "zzz") { image in
            guard let last = try image.value("experts.0"), let tensors = try image.value("tensors")?.arrayValue else {
                throw ScratchFolder.Failure()
            }
            let offset = last["offset"]?.intValue ?? 0
            try image.set(
                "tensors.\(tensors.count)",
                [
                    "name": "zzz", "type": "F32", "layout": "rows", "shape": [4], "offset": JSONValue(offset),
                    "piece": 4096,
                ])
            for layer in 0...1 {
                let old = try image.value("experts.\(layer).offset")?.intValue ?? 0
                try image.set("experts.\(layer).offset", JSONValue(old + 4096))
            }
            image.data.insert(contentsOf: [UInt8](repeating: 0, count: 4096), at: offset)
            image.checksums.insert(0, at: 0)
        },
        HostileStore("a quantized norm", .shapeMismatch, "blk.0.attn_norm.weight") { image in
            try image.set("tensors.1.type", "Q8_0")
            try image.set("tensors.1.shape", [32])
        },
        HostileStore("a byte more", .malformed, "file length") { image in
            let count = image.bytes.count
            image.headerLies.append((16, StoreImage.bytes(of: UInt64(count))))
            image.data.append(0)
        },
        HostileStore("a page more", .malformed, "file length") { $0.data += [UInt8](repeating: 0, count: 4096) },
    ]
}
