import Checkpoint
import Kernels
import Memory
import Tokenizer

/// Token embeddings: in memory, if they are the output head too, or read from the file row by row.
enum EmbeddingTable: Sendable {
    /// All rows in memory.
    case resident(WeightMatrix)
    /// A token needs one row only: the others stay where they are.
    case file(ModelSource, BoundTensor)

    /// Writes the embedding of `token` to `out`.
    ///
    /// Throws if the row cannot be read, or is not what was written.
    func copyRow(_ token: TokenID, into out: ActivationView) throws {
        switch self {
        case .resident(let matrix): Compute.copyRow(Int(token), of: matrix, into: out)
        case .file(let source, let tensor):
            var row = tensor
            row.rows = Int(token)..<Int(token) + 1
            let matrix = WeightMatrix(
                type: tensor.entry.type, rows: 1, columns: tensor.columns, storage: try source.read(row))
            Compute.copyRow(0, of: matrix, into: out)
        }
    }
}
