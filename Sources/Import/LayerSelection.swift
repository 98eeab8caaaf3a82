import Checkpoint

/// The decoder layers of a source that are imported, as a model of their own.
struct LayerSelection {
    /// The configuration with only these layers.
    let configuration: ModelConfiguration
    /// The tensors of only these layers.
    let model: BoundModel

    /// Takes `layers` of `source`, all of them if `nil`.
    init(_ source: ModelSource, _ layers: Range<Int>?) throws(CheckpointError) {
        var configuration = source.configuration
        var model = try source.bind()
        configuration.numNextnPredictLayers = 0
        if let layers {
            let count = configuration.numHiddenLayers
            guard !layers.isEmpty, layers.lowerBound >= 0, layers.upperBound <= count else {
                throw CheckpointError(
                    .invalidConfiguration, path: source.path, field: "layers",
                    "\(layers) are not layers of this model, which has 0..<\(count)")
            }
            configuration.numHiddenLayers = layers.count
            model.layers = Array(model.layers[layers])
            if var experts = configuration.experts {
                guard layers.lowerBound % experts.moeLayerFreq == 0 else {
                    throw CheckpointError(
                        .unsupported, path: source.path, field: "layers",
                        "the first layer must be a multiple of \(experts.moeLayerFreq) in this model")
                }
                experts.firstKDenseReplace = max(0, experts.firstKDenseReplace - layers.lowerBound)
                configuration.experts = experts
            }
        }
        self.configuration = configuration
        self.model = model
    }
}
