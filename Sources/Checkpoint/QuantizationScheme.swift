import JSON

/// How the matrices of a Hugging Face folder are quantized, as `quantization_config` of its config.json states.
///
/// MXFP4 is stated by AMD Quark (`fp4` in groups of 32 with `e8m0` scales), by compressed-tensors
/// (`mxfp4-pack-quantized`) and by DeepSeek (`expert_dtype` beside FP8). All of them leave some matrices plain.
enum QuantizationScheme {
    /// F32, F16 or BF16.
    case none
    /// FP8 with a factor per block.
    case fp8
    /// MXFP4 codes in pairs; FP8 beside them, if it is DeepSeek's.
    case mxfp4

    /// The scheme that the config.json `fields` states; others than these are refused.
    init(_ fields: JSONFields) throws(CheckpointError) {
        guard let quantization = try fields.nested("quantization_config") else {
            self = .none
            return
        }
        let method = try quantization.optionalString("quant_method") ?? "unknown"
        switch method {
        case "fp8":
            let inside = try quantization.optionalString("expert_dtype")
            self = try fields.optionalString("expert_dtype") ?? inside == "fp4" ? .mxfp4 : .fp8
        case "quark":
            try Self.checkQuark(quantization)
            self = .mxfp4
        case "compressed-tensors":
            try Self.checkCompressedTensors(quantization)
            self = .mxfp4
        default: throw Self.refusal(quantization, method)
        }
    }

    private static func refusal(_ fields: JSONFields, _ what: String) -> CheckpointError {
        CheckpointError(
            .unsupported, path: fields.path, field: fields.fullName("quant_method"),
            "\(what) is not supported; use the BF16, FP8 or MXFP4 checkpoint, or a GGUF file")
    }

    /// One setting for all matrices and others for some; every one of them must be MXFP4 or leave the matrices plain.
    private static func checkQuark(_ fields: JSONFields) throws(CheckpointError) {
        var settings = [try fields.nested("global_quant_config")].compactMap { $0 }
        for name in ["layer_quant_config", "layer_type_quant_config"] {
            guard let group = try fields.nested(name) else { continue }
            for member in group.object.members {
                if let setting = try group.nested(member.name) { settings.append(setting) }
            }
        }
        var isQuantized = false
        for setting in settings {
            guard let weight = setting.object["weight"], !weight.isNull else { continue }
            guard weight["dtype"]?.stringValue == "fp4", weight["scale_format"]?.stringValue == "e8m0",
                weight["qscheme"]?.stringValue ?? "per_group" == "per_group", weight["group_size"]?.intValue == 32
            else {
                throw refusal(
                    fields, "quark with other weights than fp4 in groups of 32 (\(setting.fullName("weight")))")
            }
            isQuantized = true
        }
        guard isQuantized else { throw refusal(fields, "quark without a format of weights") }
    }

    private static func checkCompressedTensors(_ fields: JSONFields) throws(CheckpointError) {
        let format = try fields.optionalString("format")
        guard let groups = try fields.nested("config_groups"), !groups.object.isEmpty else {
            throw refusal(fields, "compressed-tensors without config_groups")
        }
        for member in groups.object.members {
            guard let group = try groups.nested(member.name) else { continue }
            let ownFormat = try group.optionalString("format")
            guard let name = ownFormat ?? format, name == "mxfp4-pack-quantized" else {
                throw refusal(fields, "compressed-tensors with the format \(ownFormat ?? format ?? "unknown")")
            }
            let weights = group.object["weights"]
            guard weights?["num_bits"]?.intValue == 4, weights?["type"]?.stringValue ?? "float" == "float",
                weights?["group_size"]?.intValue == 32
            else {
                throw refusal(
                    fields,
                    "compressed-tensors with other weights than 4 bit floats in groups of 32 "
                        + "(\(group.fullName("weights")))")
            }
        }
    }
}
