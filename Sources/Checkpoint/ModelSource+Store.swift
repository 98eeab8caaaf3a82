import JSON
import Kernels

/// Opens packed stores.
extension ModelSource {
    static func openStore(_ path: String) throws(CheckpointError) -> ModelSource {
        let file = try InputFile(path: path)
        let header = try StoreHeader(file)
        let manifest = try StoreManifest(try header.manifest(file), path: path)
        let store = try PackedStore(
            file: file, header: header, manifest: manifest, checksums: try header.checksums(file))
        try store.checkNames()
        var tensors: [String: TensorEntry] = [:]
        for tensor in store.manifest.tensors {
            let entry = store.entry(tensor.name, tensor.matrix, tensor.extent)
            guard tensors.updateValue(entry, forKey: tensor.name) == nil else {
                throw CheckpointError(.malformed, path: path, field: tensor.name, "tensor occurs twice")
            }
        }
        return ModelSource(
            path: path, files: [file], tensors: tensors, configuration: manifest.configuration, container: .store(store)
        )
    }

    /// The routed experts of `layer` in a store, each a record.
    func bindRecords(
        _ store: PackedStore, _ experts: ExpertConfiguration, layer: Int, _ claims: inout TensorClaims
    ) throws(CheckpointError) -> [BoundSwiGLU] {
        let (width, hidden) = (experts.moeIntermediateSize, configuration.hiddenSize)
        guard let records = store.manifest.records.first(where: { $0.layer == layer }) else {
            throw CheckpointError(.missingTensor, path: path, field: "experts of layer \(layer)", "are missing")
        }
        let shapes = [[width, hidden], [width, hidden], [hidden, width]]
        guard records.parts.map(\.shape) == shapes, records.count == experts.nRoutedExperts else {
            throw CheckpointError(
                .shapeMismatch, path: path, field: "experts of layer \(layer)",
                "are \(records.count) of \(records.parts.map(\.shape)); the configuration asks for "
                    + "\(experts.nRoutedExperts) of \(shapes)")
        }
        var networks: [BoundSwiGLU] = []
        var scales: [BoundTensor.Scales?] = []
        for (name, part) in zip(BoundSwiGLU.partNames, records.parts) {
            scales.append(try claims.claimScales(ofExperts: records.count, in: part, "blk.\(layer).ffn_\(name)_exps"))
        }
        for expert in 0..<records.count {
            let entries = store.entries(of: expert, in: records)
            let matrices = zip(entries, scales).map { entry, scales in
                var tensor = BoundTensor(entry, use: .product)
                tensor.scales = scales?.slice(expert, of: records.count)
                return tensor
            }
            networks.append(BoundSwiGLU(gate: matrices[0], up: matrices[1], down: matrices[2]))
        }
        return networks
    }
}

extension BoundTensor.Scales {
    /// The part of one of `count` experts whose factors are stacked.
    fileprivate func slice(_ expert: Int, of count: Int) -> BoundTensor.Scales {
        var slice = self
        let rowCount = rows.count / count
        slice.rows = expert * rowCount..<(expert + 1) * rowCount
        return slice
    }
}
