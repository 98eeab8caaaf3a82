import Checkpoint
import JSON

/// Parts that cannot lie where they are said to.
extension HostileStore {
    private static let huge = "4611686018427387904"

    static let extents: [HostileStore] = [
        HostileStore("documents", 1, .invalidConfiguration, "documents"),
        HostileStore("documents.0", 1, .invalidConfiguration, "documents[0]"),
        HostileStore("documents.0.name", nil, .invalidConfiguration, "documents[0].name"),
        HostileStore("documents.0.name", "", .invalidConfiguration, "documents[0].name"),
        HostileStore("documents.0.offset", 1, .malformed, "metadata.gguf"),
        HostileStore("documents.0.offset", -4096, .invalidConfiguration, "documents[0].offset"),
        HostileStore("documents.0.bytes", text: "72057594037927936", .malformed, "metadata.gguf"),
        HostileStore("documents.0.bytes", text: "72057594037927937", .invalidConfiguration, "documents[0].bytes"),
        HostileStore("documents.0.bytes", text: "99999999999999999999", .invalidConfiguration, "documents[0].bytes"),
        HostileStore("tensors.0.offset", 0, .malformed, "token_embd.weight"),
        HostileStore("tensors.1.offset", -4096, .invalidConfiguration, "tensors[1].offset"),
        HostileStore("tensors.1.offset", text: huge, .invalidConfiguration, "tensors[1].offset"),
        HostileStore("tensors.1.offset", 4096.5, .invalidConfiguration, "tensors[1].offset"),
        HostileStore("tensors.1.piece", 0, .invalidConfiguration, "tensors[1].piece"),
        HostileStore("tensors.1.piece", 100, .invalidConfiguration, "tensors[1].piece"),
        HostileStore("tensors.1.piece", -4096, .invalidConfiguration, "tensors[1].piece"),
        HostileStore("tensors.1.type", "Q9_9", .invalidConfiguration, "tensors[1].type"),
        HostileStore("tensors.1.type", "Q4_K", .invalidConfiguration, "tensors[1].shape"),
        HostileStore("tensors.1.layout", "columns", .invalidConfiguration, "tensors[1].layout"),
        HostileStore("tensors.1.layout", "packed", .invalidConfiguration, "tensors[1].shape"),
        HostileStore("tensors.1.shape", [], .invalidConfiguration, "tensors[1].shape"),
        HostileStore("tensors.1.shape", [1, 1, 1, 1, 1], .invalidConfiguration, "tensors[1].shape"),
        HostileStore("tensors.1.shape", [0], .invalidConfiguration, "tensors[1].shape"),
        HostileStore("tensors.1.shape", [-4, 8], .invalidConfiguration, "tensors[1].shape"),
        HostileStore("tensors.1.shape", text: "[4294967296, 4294967296]", .invalidConfiguration, "tensors[1].shape"),
        HostileStore("tensors.1.shape", text: "[3, \(huge)]", .invalidConfiguration, "tensors[1].shape"),
        HostileStore("tensors.1.shape", [1024, 1024, 1024, 1024], .malformed, "blk.0.attn_norm.weight"),
        HostileStore("experts.0.count", 0, .invalidConfiguration, "experts[0].count"),
        HostileStore("experts.0.count", 262_144, .invalidConfiguration, "experts[0].count"),
        HostileStore("experts.0.layer", -1, .invalidConfiguration, "experts[0].layer"),
        HostileStore("experts.0.layer", 5000, .invalidConfiguration, "experts[0].count"),
        HostileStore("experts.0.record", 4096, .invalidConfiguration, "experts[0].record"),
        HostileStore("experts.0.offset", 0, .malformed, "experts of layer 0"),
        HostileStore("experts.0.up", nil, .invalidConfiguration, "experts[0].up"),
        // Each is possible by itself; together they cannot be counted.
        HostileStore("200 tensors of 2⁵⁵ bytes", .malformed, "t") { image in
            let tensors = (0..<200).map { index -> JSONValue in
                [
                    "name": .string("t\(index)"), "type": "F32", "layout": "rows", "shape": [67_108_864, 134_217_728],
                    "offset": 0, "piece": 4096,
                ]
            }
            try image.set("tensors", .array(tensors))
        },
        HostileStore("200 documents of 2⁵⁶ bytes", .malformed, "d") { image in
            let documents = (0..<200).map {
                ["name": .string("d\($0)"), "offset": 0, "bytes": JSONValue(1 << 56)] as JSONValue
            }
            try image.set("documents", .array(documents))
        },
        HostileStore("2¹⁷ records of 2⁵⁵ bytes", .malformed, "experts of layer 0") { image in
            for part in ["gate", "up", "down"] { try image.set("experts.0.\(part).shape", [67_108_864, 67_108_864]) }
            try image.set("experts.0.record", JSONValue(3 << 53))
            try image.set("experts.0.count", JSONValue(1 << 17))
        },
    ]
}
