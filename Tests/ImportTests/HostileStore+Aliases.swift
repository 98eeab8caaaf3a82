import Checkpoint
import JSON
import Scratch

/// Entries that want the bytes of others.
extension HostileStore {
    static let aliases: [HostileStore] = [
        HostileStore("a tensor that is its own alias", .malformed, "blk.1.attn_norm.weight") {
            try $0.alias("blk.1.attn_norm.weight", "blk.1.attn_norm.weight")
        },
        HostileStore("an alias of a later tensor", .malformed, "blk.0.attn_norm.weight") {
            try $0.alias("blk.0.attn_norm.weight", "blk.1.attn_norm.weight")
        },
        HostileStore("tensors that are each other's alias", .malformed, "blk.0.attn_norm.weight") {
            try $0.alias("blk.0.attn_norm.weight", "blk.1.attn_norm.weight")
            try $0.alias("blk.1.attn_norm.weight", "blk.0.attn_norm.weight")
        },
        HostileStore("an alias of an aliased tensor", .malformed, "blk.1.ffn_norm.weight") {
            try $0.alias("blk.1.attn_norm.weight", "blk.0.attn_norm.weight")
            try $0.alias("blk.1.ffn_norm.weight", "blk.1.attn_norm.weight")
        },
        HostileStore("an alias of no tensor", .malformed, "blk.1.attn_norm.weight") {
            try $0.alias("blk.1.attn_norm.weight", "blk.7.attn_norm.weight")
        },
        HostileStore("an alias of a document", .malformed, "blk.1.attn_norm.weight") {
            try $0.alias("blk.1.attn_norm.weight", "metadata.gguf")
        },
        HostileStore("an alias of another shape", .malformed, "blk.1.attn_norm.weight") {
            try $0.alias("blk.1.attn_norm.weight", "token_embd.weight")
        },
        HostileStore("an alias of another type", .malformed, "blk.1.attn_norm.weight") {
            try $0.alias("blk.1.attn_norm.weight", "blk.0.attn_norm.weight")
            try $0.set("tensors.\($0.index(of: "blk.1.attn_norm.weight")).type", "F16")
        },
        HostileStore("an alias with an offset", .invalidConfiguration, "tensors[1].offset") {
            try $0.set("tensors.1.same_as", "token_embd.weight")
        },
        HostileStore("an alias with pieces", .invalidConfiguration, "tensors[1].piece") {
            try $0.set("tensors.1.same_as", "token_embd.weight")
            try $0.set("tensors.1.offset", nil)
        },
        HostileStore("tensors.1.same_as", 0, .invalidConfiguration, "tensors[1].same_as"),
        HostileStore("tensors.1.same_as", ["token_embd.weight"], .invalidConfiguration, "tensors[1].same_as"),
        HostileStore("a tensor without a place", .invalidConfiguration, "tensors[1].offset") {
            try $0.set("tensors.1.same_as", .null)
            try $0.set("tensors.1.offset", nil)
        },
        HostileStore("an alias whose bytes are there", .malformed, "blk.1.attn_q_a.weight") {
            try $0.alias("blk.1.attn_norm.weight", "blk.0.attn_norm.weight")
        },
    ]

    static let expertAliases: [HostileStore] = [
        HostileStore("experts that are their own alias", .malformed, "experts of layer 1") { try $0.alias(1, 1) },
        HostileStore("an alias of later experts", .malformed, "experts of layer 0") { try $0.alias(0, 1) },
        HostileStore("an alias of aliased experts", .malformed, "experts of layer 2") {
            try $0.set("experts.2", try $0.value("experts.1"))
            try $0.set("experts.2.layer", 2)
            try $0.alias(1, 0)
            try $0.alias(2, 1)
        },
        HostileStore("an alias of no experts", .malformed, "experts of layer 1") { try $0.alias(1, 7) },
        HostileStore("an alias of more experts", .malformed, "experts of layer 1") {
            try $0.alias(1, 0)
            try $0.set("experts.1.count", 2)
        },
        HostileStore("an alias of experts of another shape", .malformed, "experts of layer 1") {
            try $0.alias(1, 0)
            try $0.set("experts.1.gate.shape", [1, 1])
        },
        HostileStore("an alias of experts of another type", .malformed, "experts of layer 1") {
            try $0.alias(1, 0)
            try $0.set("experts.1.down.type", "BF16")
        },
        HostileStore("an alias of experts with an offset", .invalidConfiguration, "experts[1].offset") {
            try $0.set("experts.1.same_as", 0)
        },
        HostileStore("an alias of experts with another record", .invalidConfiguration, "experts[1].record") {
            try $0.alias(1, 0)
            try $0.set("experts.1.record", 4096)
        },
        HostileStore("experts.1.same_as", "0", .invalidConfiguration, "experts[1].same_as"),
        HostileStore("experts.1.same_as", -1, .invalidConfiguration, "experts[1].same_as"),
        HostileStore("experts of a layer twice, as an alias", .malformed, "experts of layer 0") {
            try $0.removeLastRecords()
            try $0.alias(1, 0)
            try $0.set("experts.1.layer", 0)
        },
        HostileStore("aliased experts of a layer that has none", .unexpectedTensor, "experts of layer 5") {
            try $0.removeLastRecords()
            try $0.alias(1, 0)
            try $0.set("experts.1.layer", 5)
        },
        HostileStore("aliased experts whose bytes are there", .malformed, "file length") { try $0.alias(1, 0) },
        HostileStore("aliased experts whose checksums are there", .malformed, "checksum count") {
            let checksums = $0.checksums
            try $0.removeLastRecords()
            $0.checksums = checksums
            try $0.alias(1, 0)
        },
    ]
}

extension StoreImage {
    /// Where the tensor `name` stands in the manifest.
    func index(of name: String) throws -> Int {
        let tensors = try value("tensors")?.arrayValue ?? []
        guard let index = tensors.firstIndex(where: { $0["name"]?.stringValue == name }) else {
            throw ScratchFolder.Failure()
        }
        return index
    }

    /// Makes the tensor `name` an alias; its bytes stay.
    mutating func alias(_ name: String, _ target: String) throws {
        let tensor = "tensors.\(try index(of: name))"
        try set(tensor + ".same_as", .string(target))
        for member in ["offset", "piece"] { try set("\(tensor).\(member)", nil) }
    }

    /// Makes entry `index` of the experts an alias of `layer`; their bytes stay.
    mutating func alias(_ index: Int, _ layer: Int) throws {
        try set("experts.\(index).same_as", JSONValue(layer))
        try set("experts.\(index).offset", nil)
    }

    /// Takes the bytes and checksums of the second layer's experts away.
    mutating func removeLastRecords() throws {
        guard let offset = try value("experts.1.offset")?.intValue, let count = try value("experts.1.count")?.intValue
        else { throw ScratchFolder.Failure() }
        data.removeSubrange(offset...)
        checksums.removeLast(3 * count)
    }
}
