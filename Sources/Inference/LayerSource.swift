import Checkpoint
import ExpertStore
import Kernels

/// A decoder layer that is in memory, or that is put together when a token needs it.
enum LayerSource: Sendable {
    case resident(Layer)
    case streamed(StreamedLayer)

    /// The layer, to be let go before the next one is asked for.
    func layer(isCancelled: () -> Bool) throws -> Layer {
        switch self {
        case .resident(let layer): layer
        case .streamed(let layer): try layer.assemble(isCancelled: isCancelled)
        }
    }

    /// What forecasts of the layer's routing need: the norm before its router, and the router; `nil` if it has none.
    var forecast: (norm: WeightVector, router: Router)? {
        switch self {
        case .resident(let layer):
            (layer.feedForward as? MixtureOfExperts).map { (layer.feedForwardNorm, $0.router) }
        case .streamed(let layer): layer.forecast
        }
    }
}

/// A layer whose matrices are read for every chunk of tokens; norms, biases and the router stay in memory.
struct StreamedLayer: Sendable {
    private let index: Int
    private let bound: BoundLayer
    private let kept: LoadedWeights
    private let builder: LayerBuilder
    private let ring: LayerRing
    /// Norm and router; `nil` if it has none.
    let forecast: (norm: WeightVector, router: Router)?

    /// Loads what stays in memory of the layer number `index`.
    init(_ index: Int, _ bound: BoundLayer, _ builder: LayerBuilder, _ loader: WeightLoader, _ ring: LayerRing) throws {
        self.index = index
        self.bound = bound
        self.builder = builder
        self.ring = ring
        var kept = LoadedWeights()
        for placed in bound.tensors {
            switch placed.role {
            case .norm: kept.add(try loader.vector(placed.tensor), placed.tensor)
            case .router: kept.add(try loader.matrix(placed.tensor), placed.tensor)
            case .embedding, .head, .attention, .dense, .shared, .routed: break
            }
        }
        self.kept = kept
        if case .mixture(let mixture) = bound.feedForward {
            forecast = (kept.vector(bound.feedForwardNorm), try builder.router(mixture, kept))
        } else {
            forecast = nil
        }
    }

    /// The layer with its matrices, waiting for them if need be.
    func assemble(isCancelled: () -> Bool) throws -> Layer {
        var weights = kept
        for (tensor, matrix) in zip(bound.matrices, try ring.matrices(of: index, isCancelled: isCancelled)) {
            weights.add(matrix, tensor)
        }
        return try builder.layer(bound, weights)
    }
}
