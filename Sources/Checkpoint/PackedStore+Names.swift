/// What a manifest names must be there once, and belong to the model.
extension PackedStore {
    /// Throws if a name occurs twice, or if there are records of a layer that has no experts.
    func checkNames() throws(CheckpointError) {
        var names: Set<String> = []
        for document in manifest.documents where !names.insert(document.name).inserted {
            throw refuse(.malformed, document.name, "document occurs twice")
        }
        var layers: Set<Int> = []
        for records in manifest.records {
            let name = "experts of layer \(records.layer)"
            guard layers.insert(records.layer).inserted else { throw refuse(.malformed, name, "occur twice") }
            guard records.layer < manifest.configuration.numHiddenLayers,
                manifest.configuration.hasExperts(layer: records.layer)
            else { throw refuse(.unexpectedTensor, name, "the configuration has no place for them") }
        }
        if let taken = manifest.layers, taken.count != manifest.configuration.numHiddenLayers {
            throw refuse(
                .invalidConfiguration, "layers",
                "are \(taken), but the model has \(manifest.configuration.numHiddenLayers)")
        }
    }

    private func refuse(_ code: CheckpointError.Code, _ field: String, _ message: String) -> CheckpointError {
        CheckpointError(code, path: file.path, field: field, message)
    }
}
