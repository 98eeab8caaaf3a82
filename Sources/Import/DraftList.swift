import Checkpoint
import Kernels

/// Collects what a store is to hold, before anything has its place.
struct DraftList {
    /// A tensor and what it is made from.
    struct Draft {
        let tensor: StoreManifest.Tensor
        let source: ImportUnit.Source
    }

    private(set) var documents: [StoreManifest.Document] = []
    /// The documents' bytes.
    private(set) var texts: [[UInt8]] = []
    private(set) var tensors: [Draft] = []
    private let source: ModelSource
    private let types: ImportTypes

    init(_ source: ModelSource, _ types: ImportTypes) {
        self.source = source
        self.types = types
    }

    /// Adds a text.
    mutating func add(_ name: String, _ bytes: [UInt8]) {
        documents.append(StoreManifest.Document(name: name, byteCount: bytes.count))
        texts.append(bytes)
    }

    /// Adds a tensor that every token passes; a fused expansion of latents that is converted in the two
    /// parts that it is multiplied by.
    mutating func add(_ placed: PlacedTensor) throws(CheckpointError) {
        let tensor = placed.tensor
        let type = types.target(tensor, placed.role)
        if placed.name.hasSuffix(".attn_kv_b.weight"), type != tensor.entry.type,
            case .latent(let latent) = source.configuration.attention
        {
            return try addExpansion(placed, latent, type)
        }
        let layout = tensor.use.layout(of: type, rows: tensor.rows.count, columns: tensor.columns)
        let matrix = StoreManifest.Matrix(type: type, layout: layout, shape: tensor.entry.shape)
        try add(placed.name, matrix, tensor, from: .rows([whole(tensor)]))
        if type == .f8E4M3, let scales = tensor.scales {
            try add(
                placed.name + "_scale_inv",
                StoreManifest.Matrix(type: .f32, layout: .rows, shape: [scales.rows.count, scales.entry.shape[1]]),
                scales.tensor, from: .rows([whole(scales.tensor)]))
        }
    }

    /// Adds the factors of FP8 experts that stay FP8, those of a layer stacked.
    mutating func addScales(of layer: PlacedExperts) throws(CheckpointError) {
        for (part, name) in BoundSwiGLU.partNames.enumerated() {
            let matrices = layer.experts.map { $0.parts[part] }
            guard let first = matrices.first?.scales, types.target(matrices[0], .routed) == .f8E4M3 else { continue }
            let grids = matrices.compactMap { $0.scales?.tensor }
            try add(
                "blk.\(layer.layer).ffn_\(name)_exps.weight_scale_inv",
                StoreManifest.Matrix(
                    type: .f32, layout: .rows, shape: [grids.count * first.rows.count, first.entry.shape[1]]),
                grids[0], from: .rows(grids.map { whole($0) }))
        }
    }

    /// The form of a layer's records.
    func records(_ layer: PlacedExperts) throws(CheckpointError) -> StoreManifest.Records {
        var parts: [StoreManifest.Matrix] = []
        for part in BoundSwiGLU.partNames.indices {
            let matrices = layer.experts.map { $0.parts[part] }
            let type = types.target(matrices[0], .routed)
            if let other = matrices.first(where: { types.target($0, .routed) != type }) {
                throw error(
                    other, .unsupported, "is \(other.entry.type.name), other experts of the layer are \(type.name)")
            }
            let (rows, columns) = (matrices[0].rows.count, matrices[0].columns)
            try check(matrices[0], type)
            parts.append(
                StoreManifest.Matrix(
                    type: type, layout: matrices[0].use.layout(of: type, rows: rows, columns: columns),
                    shape: [rows, columns]))
        }
        return StoreManifest.Records(layer: layer.layer, count: layer.experts.count, parts: parts)
    }

    // MARK: Pieces

    private mutating func add(
        _ name: String, _ matrix: StoreManifest.Matrix, _ tensor: BoundTensor, from source: ImportUnit.Source
    ) throws(CheckpointError) {
        try check(tensor, matrix.type)
        let extent = ImportPlan.extent(of: matrix, use: tensor.use)
        tensors.append(
            Draft(tensor: StoreManifest.Tensor(name: name, matrix: matrix, extent: extent), source: source))
    }

    private mutating func addExpansion(
        _ placed: PlacedTensor, _ latent: LatentAttentionConfiguration, _ type: WeightType
    ) throws(CheckpointError) {
        let heads = source.configuration.numAttentionHeads
        let (keyWidth, valueWidth, rank) = (latent.qkNopeHeadDim, latent.vHeadDim, latent.kvLoraRank)
        let fused = ImportUnit.FusedExpansion(
            tensor: placed.tensor, headCount: heads, keyWidth: keyWidth, valueWidth: valueWidth)
        let prefix = placed.name.dropLast("kv_b.weight".count)
        func addPart(_ name: String, _ rows: Int, _ columns: Int, _ source: ImportUnit.Source) throws(CheckpointError) {
            let stored = type.rowByteCount(columns: columns) == nil ? .f16 : type
            let layout = BoundTensor.Use.products(ofRows: rows).layout(of: stored, rows: heads * rows, columns: columns)
            try add(
                prefix + name, StoreManifest.Matrix(type: stored, layout: layout, shape: [heads, rows, columns]),
                placed.tensor, from: source)
        }
        try addPart("k_b.weight", rank, keyWidth, .keys(fused))
        try addPart("v_b.weight", valueWidth, rank, .values(fused))
    }

    private func whole(_ tensor: BoundTensor) -> ImportUnit.SourceRows {
        ImportUnit.SourceRows(tensor: tensor, rows: 0..<tensor.rows.count)
    }

    /// Throws if values of `tensor` cannot be turned into `type`.
    private func check(_ tensor: BoundTensor, _ type: WeightType) throws(CheckpointError) {
        guard tensor.entry.type == type || type.canQuantize else {
            throw error(tensor, .unsupported, "cannot be turned into \(type.name): only stored files have that format")
        }
    }

    private func error(
        _ tensor: BoundTensor, _ code: CheckpointError.Code, _ message: String
    ) -> CheckpointError {
        CheckpointError(
            code, path: source.files[tensor.entry.fileIndex].path, field: tensor.entry.name, message)
    }
}
