import Checkpoint
import Kernels

/// Where the weights are had from when a layer is put together.
protocol LayerWeights {
    /// The rows of `tensor` as a matrix.
    func matrix(_ tensor: BoundTensor) throws -> WeightMatrix

    /// A vector in F32.
    func vector(_ tensor: BoundTensor) throws -> WeightVector
}

extension WeightLoader: LayerWeights {}

/// Weights that have been loaded already: the matrices of a streamed layer for one token, the rest for good.
struct LoadedWeights: LayerWeights, Sendable {
    /// Which rows of which tensor.
    private struct Name: Hashable {
        let tensor: String
        let firstRow: Int

        init(_ tensor: BoundTensor) {
            self.tensor = tensor.entry.name
            firstRow = tensor.rows.lowerBound
        }
    }

    private var matrices: [Name: WeightMatrix] = [:]
    private var vectors: [Name: WeightVector] = [:]

    mutating func add(_ matrix: WeightMatrix, _ tensor: BoundTensor) { matrices[Name(tensor)] = matrix }

    mutating func add(_ vector: WeightVector, _ tensor: BoundTensor) { vectors[Name(tensor)] = vector }

    func matrix(_ tensor: BoundTensor) -> WeightMatrix {
        guard let matrix = matrices[Name(tensor)] else { preconditionFailure("\(tensor.entry.name) was not loaded") }
        return matrix
    }

    func vector(_ tensor: BoundTensor) -> WeightVector {
        guard let vector = vectors[Name(tensor)] else { preconditionFailure("\(tensor.entry.name) was not loaded") }
        return vector
    }
}
