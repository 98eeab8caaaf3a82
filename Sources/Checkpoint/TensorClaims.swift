/// Keeps the book while tensors are given their places: what was asked for, what is left over.
struct TensorClaims {
    private let source: ModelSource
    private var claimed: Set<String> = []
    private let scaleBlock: ScaleBlock?

    init(_ source: ModelSource, scaleBlock: ScaleBlock? = nil) {
        self.source = source
        self.scaleBlock = scaleBlock
    }

    /// Whether the checkpoint has a tensor of that name.
    func has(_ name: String) -> Bool { source.tensors[name] != nil }

    /// The matrix or stack of matrices `name`, which must have `shape` (slowest dimension first).
    mutating func claim(
        _ name: String, _ shape: [Int], use: BoundTensor.Use = .product
    ) throws(CheckpointError) -> BoundTensor {
        var tensor = BoundTensor(try take(name, shape), use: use)
        if tensor.entry.type == .f8E4M3 { tensor.scales = try claimScales(of: tensor) }
        return tensor
    }

    /// A vector that must be stored as F32, F16 or BF16.
    mutating func claimVector(_ name: String, _ count: Int) throws(CheckpointError) -> BoundTensor {
        BoundTensor(try takePlain(name, [count]), use: .vector)
    }

    /// The directory's entry for `name`, with `shape`.
    private mutating func take(_ name: String, _ shape: [Int]) throws(CheckpointError) -> TensorEntry {
        guard let entry = source.tensors[name] else {
            throw CheckpointError(
                .missingTensor, path: source.path, field: name, "tensor is missing; shape \(shape) is expected")
        }
        guard entry.shape == shape else {
            throw CheckpointError(
                .shapeMismatch, path: source.files[entry.fileIndex].path, field: name,
                "has shape \(entry.shape); the configuration asks for \(shape)")
        }
        claimed.insert(name)
        return entry
    }

    /// The same for tensors that must not be quantized.
    private mutating func takePlain(_ name: String, _ shape: [Int]) throws(CheckpointError) -> TensorEntry {
        let entry = try take(name, shape)
        guard entry.type.blockLength == 1, entry.type != .f8E4M3 else {
            throw CheckpointError(
                .shapeMismatch, path: source.files[entry.fileIndex].path, field: name,
                "is \(entry.type.name); F32, F16 or BF16 is expected")
        }
        return entry
    }

    /// Marks a tensor as known but not used.
    mutating func ignore(_ name: String) { claimed.insert(name) }

    /// Throws if the checkpoint holds a tensor that nobody claimed and `isIgnorable` does not know.
    func finish(isIgnorable: (String) -> Bool) throws(CheckpointError) {
        let extra = source.tensors.keys.filter { !claimed.contains($0) && !isIgnorable($0) }.sorted()
        guard let first = extra.first, let entry = source.tensors[first] else { return }
        let others = extra.count > 1 ? " (and \(extra.count - 1) more)" : ""
        throw CheckpointError(
            .unexpectedTensor, path: source.files[entry.fileIndex].path, field: first,
            "the configuration has no place for this tensor\(others)")
    }

    /// The stacked factors of all experts of a layer, if their part `name` is FP8.
    mutating func claimScales(
        ofExperts count: Int, in part: StoreManifest.Matrix, _ name: String
    ) throws(CheckpointError) -> BoundTensor.Scales? {
        guard part.type == .f8E4M3 else { return nil }
        guard let block = scaleBlock else {
            throw CheckpointError(
                .invalidConfiguration, path: source.path, field: "scale_block", "is missing, but \(name) is FP8")
        }
        let shape = [count * block.count(ofRows: part.shape[0]), block.count(ofColumns: part.shape[1])]
        return BoundTensor.Scales(
            rows: 0..<shape[0], entry: try takePlain(name + ".weight_scale_inv", shape), blockRows: block.rows,
            blockColumns: block.columns)
    }

    private mutating func claimScales(of tensor: BoundTensor) throws(CheckpointError) -> BoundTensor.Scales {
        let name = tensor.entry.name + "_scale_inv"
        guard let block = scaleBlock else {
            throw CheckpointError(
                .invalidConfiguration, path: source.path, field: "quantization_config.weight_block_size",
                "is missing, but \(tensor.entry.name) is FP8")
        }
        let shape = [block.count(ofRows: tensor.rows.count), block.count(ofColumns: tensor.columns)]
        return BoundTensor.Scales(
            rows: 0..<shape[0], entry: try takePlain(name, shape), blockRows: block.rows, blockColumns: block.columns)
    }
}
