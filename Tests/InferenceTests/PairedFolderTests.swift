import Checkpoint
import Import
import Inference
import JSON
import Kernels
import Memory
import Testing
import Tokenizer

/// MXFP4 as Hugging Face folders hold it: codes in pairs, scales beside them (Tools/make_mxfp4_folder.py).
@Suite struct PairedFolderTests {
    static let prompt = (0..<24).map { TokenID(1 + 5 * $0 % 63) }

    /// How tools name codes and scales, what their config.json says, and the types that they write.
    enum Variant: CaseIterable {
        case quark, compressedTensors, deepSeek

        var folder: TensorFolder {
            get throws {
                var folder = try TensorFolder("v3-mxfp4")
                switch self {
                case .quark: break
                case .compressedTensors:
                    let weights: JSONValue = [
                        "num_bits": 4, "type": "float", "strategy": "group", "group_size": 32, "symmetric": true,
                        "dynamic": false, "scale_dtype": "torch.uint8",
                    ]
                    let group: JSONValue = [
                        "format": "mxfp4-pack-quantized", "targets": ["Linear"], "weights": weights,
                        "input_activations": nil, "output_activations": nil,
                    ]
                    folder.configure(
                        "quantization_config",
                        [
                            "quant_method": "compressed-tensors", "format": "mxfp4-pack-quantized",
                            "quantization_status": "compressed", "config_groups": ["group_0": group],
                            "ignore": ["lm_head"],
                        ])
                    let quantized = Set(folder.tensors.map(\.name).filter { $0.hasSuffix("_scale") })
                    folder.change(".weight") { if quantized.contains($0.name + "_scale") { $0.name += "_packed" } }
                case .deepSeek:
                    folder.configure("quantization_config", ["quant_method": "fp8", "fmt": "e4m3"])
                    folder.configure("expert_dtype", "fp4")
                    folder.change(".weight") { if $0.type == "U8" { $0.type = "I8" } }
                    folder.change(".weight_scale") {
                        $0.type = "F8_E8M0"
                        $0.name = $0.name.dropLast("weight_scale".count) + "scale"
                    }
                }
                return folder
            }
        }
    }

    /// The same weights as F32, by the definition of the format.
    static func plain() throws -> TensorFolder {
        let values: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]
        var folder = try TensorFolder("v3-mxfp4")
        folder.configure("quantization_config", nil)
        let scales = Dictionary(
            uniqueKeysWithValues: folder.tensors.filter { $0.name.hasSuffix("_scale") }.map { ($0.name, $0) })
        folder.tensors.removeAll { scales[$0.name] != nil }
        for index in folder.tensors.indices {
            let codes = folder.tensors[index]
            guard let scales = scales[codes.name + "_scale"] else { continue }
            var bytes: [UInt8] = []
            for row in 0..<codes.shape[0] {
                for column in 0..<2 * codes.shape[1] {
                    let pair = codes.bytes[row * codes.shape[1] + column / 2]
                    let scale = Float(
                        sign: .plus, exponent: Int(scales.bytes[row * scales.shape[1] + column / 32]) - 127,
                        significand: 1)
                    let bits = (scale * values[Int(column % 2 == 0 ? pair & 15 : pair >> 4)]).bitPattern
                    bytes += (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
                }
            }
            folder.tensors[index].type = "F32"
            folder.tensors[index].shape[1] *= 2
            folder.tensors[index].bytes = bytes
        }
        return folder
    }

    static func load(_ path: String, _ precision: Precision) throws -> Model {
        try Model.load(
            try ModelSource.open(path), budget: MemoryBudget(limit: 1 << 30), threadCount: 2, precision: precision)
    }

    static func logits(_ path: String, _ precision: Precision) throws -> [Float] {
        let model = try load(path, precision)
        return try model.forward(prompt, cache: model.makeCache(contextLength: 64), logits: .all).view.values
    }

    @Test(arguments: Variant.allCases) func logitsAreThoseOfTheSameWeightsInF32(variant: Variant) throws {
        let expected = try Self.plain().use { try Self.logits($0, .f32) }
        let found = try variant.folder.use { path in
            let bound = try ModelSource.open(path).bind()
            let experts = try #require(bound.routedExperts.first).experts
            #expect(experts.allSatisfy { $0.parts.allSatisfy { $0.entry.type == .mxfp4 } })
            return try Self.logits(path, .f32)
        }
        try #require(found.count == expected.count && !expected.contains { !$0.isFinite })
        let largest = expected.map { abs($0) }.max() ?? 0
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= 2e-4 * largest, "\(worst) of \(largest)")
    }

    @Test(arguments: Variant.allCases, [true, false]) func importCarriesTheCodesOver(
        variant: Variant, isKept: Bool
    ) throws {
        try variant.folder.use { path in
            let source = try ModelSource.open(path)
            var options = ImportOptions(threadCount: 2)
            if isKept { PlacedTensor.Role.allCases.forEach { options.types.keep($0) } }
            let store = path + "/model.minke"
            try Importer(source, options).run(to: store) { _ in }
            let experts = try #require(try source.bind().routedExperts.first).experts
            let stored = try ModelSource.open(store)
            let others = try #require(try stored.bind().routedExperts.first).experts
            for (expert, other) in zip(experts, others) {
                for (part, copy) in zip(expert.parts, other.parts) {
                    #expect(copy.entry.type == .mxfp4)
                    let rows = try Self.rows(source, part)
                    #expect(rows == (try Self.rows(stored, copy)))
                    #expect(rows.count == part.rows.count * part.rowByteCount)
                }
            }
            guard isKept else { return }
            for precision in Precision.allCases {
                #expect(try Self.logits(store, precision) == Self.logits(path, precision))
            }
        }
    }

    /// The rows as they lie in a GGUF file.
    static func rows(_ source: ModelSource, _ tensor: BoundTensor) throws -> [UInt8] {
        var buffer = try source.read(tensor)
        if tensor.entry.layout == .packed {
            let packed = buffer
            buffer = try AlignedBuffer.create(byteCount: tensor.rows.count * tensor.rowByteCount, alignment: 64) {
                WeightMatrix.unpack(
                    .mxfp4, rows: tensor.rows.count, columns: tensor.columns, from: packed, into: &$0)
            }
        }
        return buffer.withBytes { bytes in
            (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
    }

    /// E8M0 255 is NaN: refused when it is read, by whomever.
    @Test func scalesThatAreNoNumbersAreRefused() throws {
        var folder = try Variant.quark.folder
        let name = "model.layers.0.mlp.experts.5.down_proj.weight_scale"
        folder.change(name) { $0.bytes[7] = 255 }
        try folder.use { path in
            let source = try ModelSource.open(path)
            let scale = try #require(try source.bind().routedExperts[0].experts[5].down.pairs?.scales.lowerBound) + 7
            func expect(_ body: () throws -> Void) {
                let error = #expect(throws: CheckpointError.self, performing: body)
                #expect(error?.code == .malformed && error?.field == name && error?.offset == scale)
                #expect(error?.path == path + "/model.safetensors")
            }
            expect { _ = try Self.load(path, .int8) }
            expect { try Importer(source, ImportOptions(threadCount: 2)).run(to: path + "/model.minke") { _ in } }
            let least = try PagedModelTests.budgets(source, .int8, threads: 2)[0]
            let paged = try PagedModelTests.load(path, least, .int8)
            expect {
                for first in 0..<64 {
                    _ = try paged.forward([TokenID(first)], cache: paged.makeCache(contextLength: 64))
                }
            }
        }
    }
}
