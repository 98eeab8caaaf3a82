import Kernels

/// The weights of one routed expert: down(silu(gate x) ⊙ up x).
public struct RoutedExpert: Sendable {
    /// [width, hidden]
    public let gate: WeightMatrix
    /// [width, hidden]
    public let up: WeightMatrix
    /// [hidden, width]
    public let down: WeightMatrix

    /// An expert of three matrices.
    public init(gate: WeightMatrix, up: WeightMatrix, down: WeightMatrix) {
        self.gate = gate
        self.up = up
        self.down = down
    }
}

/// Where the routed experts of a model are had from.
public protocol RoutedExperts: Sendable {
    /// Calls `body` with all experts that `demand` asks for, in any order and in as many parts as they become available
    /// in; the first call may be with none, for other work while weights are read.
    ///
    /// The weights are valid only during the call. Throws if an expert cannot be read, or what `body` throws, and a
    /// `CancellationError` if `isCancelled` turns true while the disk is waited for.
    func visit(
        _ demand: ExpertDemand, isCancelled: () -> Bool,
        _ body: (_ ready: [(expert: Int, weights: RoutedExpert)]) throws -> Void
    ) throws
}
