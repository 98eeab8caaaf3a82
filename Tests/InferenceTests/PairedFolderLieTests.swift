import Checkpoint
import JSON
import Testing

/// MXFP4 folders with one lie in each: the error names the tensor or the field at fault.
@Suite struct PairedFolderLieTests {
    static let expert = "model.layers.0.mlp.experts.3.gate_proj.weight"

    struct Lie: Sendable, CustomStringConvertible {
        let what: String
        let code: CheckpointError.Code
        let field: String
        let tell: @Sendable (inout TensorFolder) -> Void
        var description: String { what }
        var testDescription: String { what }

        init(
            _ what: String, _ code: CheckpointError.Code, _ field: String,
            _ tell: @escaping @Sendable (inout TensorFolder) -> Void
        ) {
            (self.what, self.code, self.field, self.tell) = (what, code, field, tell)
        }
    }

    /// Quark's settings with other weights than MXFP4.
    static func quark(_ name: String, _ value: JSONValue) -> JSONValue {
        var weight: JSONObject = [
            "dtype": "fp4", "qscheme": "per_group", "group_size": 32, "scale_format": "e8m0", "is_dynamic": false,
        ]
        weight = JSONObject(weight.members.map { JSONMember(name: $0.name, value: $0.name == name ? value : $0.value) })
        return ["quant_method": "quark", "global_quant_config": ["weight": .object(weight)]]
    }

    static let method = "quantization_config.quant_method"

    static let lies: [Lie] = [
        Lie("scales of too few rows", .shapeMismatch, expert + "_scale") {
            $0.change(expert + "_scale") { ($0.shape, $0.bytes) = ([31, 2], Array($0.bytes.dropLast(2))) }
        },
        Lie("scales of another group", .shapeMismatch, expert + "_scale") {
            $0.change(expert + "_scale") { ($0.shape, $0.bytes) = ([32, 4], $0.bytes + $0.bytes) }
        },
        Lie("codes of too many rows", .shapeMismatch, expert) {
            $0.change(expert) { ($0.shape, $0.bytes) = ([64, 32], $0.bytes + $0.bytes) }
            $0.change(expert + "_scale") { ($0.shape, $0.bytes) = ([64, 2], $0.bytes + $0.bytes) }
        },
        Lie("codes that are no whole block", .malformed, expert) { $0.change(expert) { $0.shape = [128, 8] } },
        Lie("codes of one dimension", .malformed, expert) { $0.change(expert) { $0.shape = [1024] } },
        Lie("no scales", .missingTensor, expert + "_scale") {
            $0.tensors.removeAll { $0.name == expert + "_scale" }
        },
        Lie("scales of FP8", .unsupported, expert + "_scale") { $0.change(expert + "_scale") { $0.type = "F8_E4M3" } },
        Lie("scales of signed bytes", .unsupported, expert + "_scale") {
            $0.change(expert + "_scale") { $0.type = "I8" }
        },
        Lie("codes that are scales", .unsupported, expert) { $0.change(expert) { $0.type = "F8_E8M0" } },
        Lie("a norm of bytes", .missingTensor, "model.norm.weight_scale") {
            $0.change("model.norm.weight") { ($0.shape, $0.type) = ([8, 16], "U8") }
        },
        Lie("scales without codes", .unsupported, "model.norm.weight_scale") {
            $0.tensors.append(TensorFolder.Tensor(name: "model.norm.weight_scale", type: "U8", shape: [1], bytes: [1]))
        },
        Lie("codes beside the matrix itself", .malformed, expert) {
            $0.change(expert) { $0.name += "_packed" }
            $0.tensors.append(
                TensorFolder.Tensor(
                    name: expert, type: "F32", shape: [32, 64], bytes: [UInt8](repeating: 0, count: 8192)))
        },
        Lie("two tensors of codes for the same scales", .malformed, expert) {
            $0.tensors += $0.tensors.filter { $0.name == expert }.map { tensor in
                TensorFolder.Tensor(
                    name: tensor.name + "_packed", type: tensor.type, shape: tensor.shape, bytes: tensor.bytes)
            }
        },
        Lie("bytes in a folder that is not quantized", .unsupported, "model.layers.0.mlp.experts.0.down_proj.weight") {
            $0.configure("quantization_config", nil)
        },
        Lie("FP8 without FP4 experts", .unsupported, "model.layers.0.mlp.experts.0.down_proj.weight") {
            $0.configure("quantization_config", ["quant_method": "fp8", "weight_block_size": [128, 128]])
        },
        Lie("quark with groups of 16", .unsupported, method) {
            $0.configure("quantization_config", quark("group_size", 16))
        },
        Lie("quark with FP8", .unsupported, method) { $0.configure("quantization_config", quark("dtype", "fp8_e4m3")) },
        Lie("quark with float scales", .unsupported, method) {
            $0.configure("quantization_config", quark("scale_format", "float32"))
        },
        Lie("quark without weights", .unsupported, method) {
            $0.configure("quantization_config", ["quant_method": "quark"])
        },
        Lie("compressed-tensors with integers", .unsupported, method) {
            $0.configure(
                "quantization_config",
                [
                    "quant_method": "compressed-tensors", "format": "pack-quantized",
                    "config_groups": ["group_0": ["weights": ["num_bits": 4, "type": "int", "group_size": 32]]],
                ])
        },
        Lie("compressed-tensors with FP8 beside MXFP4", .unsupported, method) {
            let weights: JSONValue = ["num_bits": 4, "type": "float", "group_size": 32]
            $0.configure(
                "quantization_config",
                [
                    "quant_method": "compressed-tensors", "format": "mixed-precision",
                    "config_groups": [
                        "group_0": ["format": "mxfp4-pack-quantized", "weights": weights],
                        "group_1": ["format": "float-quantized", "weights": ["num_bits": 8, "type": "float"]],
                    ],
                ])
        },
        Lie("GPTQ", .unsupported, method) { $0.configure("quantization_config", ["quant_method": "gptq"]) },
    ]

    @Test(arguments: lies) func liesAreRefusedByName(lie: Lie) throws {
        var folder = try TensorFolder("v3-mxfp4")
        lie.tell(&folder)
        try folder.use { path in
            let error = #expect(throws: CheckpointError.self) { _ = try ModelSource.open(path).bind() }
            #expect(error?.code == lie.code && error?.field == lie.field, "\(String(describing: error))")
            #expect(error?.message.isEmpty == false)
        }
    }
}
