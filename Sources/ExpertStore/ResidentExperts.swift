import Checkpoint
import Kernels

/// All routed experts in memory.
public final class ResidentExperts: RoutedExperts {
    private let layers: [[RoutedExpert]]

    /// Loads the experts of every layer of `model`; dense layers have none.
    public init(_ model: BoundModel, _ loader: WeightLoader) throws {
        layers = try model.layers.map { layer in
            guard case .mixture(let mixture) = layer.feedForward else { return [] }
            let matrices = try loader.matrices(mixture.experts.flatMap(\.parts))
            return mixture.experts.indices.map { expert in
                RoutedExpert(
                    gate: matrices[3 * expert], up: matrices[3 * expert + 1], down: matrices[3 * expert + 2])
            }
        }
    }

    /// Calls `body` once with all experts in the order given.
    public func visit(
        _ demand: ExpertDemand, isCancelled: () -> Bool,
        _ body: (_ ready: [(expert: Int, weights: RoutedExpert)]) throws -> Void
    ) throws {
        try body(demand.uses.map { ($0.expert, layers[demand.layer][$0.expert]) })
    }
}
