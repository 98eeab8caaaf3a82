import Kernels

/// The expansion of latents, head by head: keys Bk c and values Bv c.
struct LatentExpansion: Sendable {
    /// How a checkpoint stores it.
    enum Matrices: Sendable {
        /// Per head [nope, latent], then [value, latent].
        case fused(WeightMatrix)
        /// Per head [latent, nope] (Bk transposed); per head [value, latent].
        case split(keys: WeightMatrix, values: WeightMatrix)
    }

    let matrices: Matrices
    /// Channels of a head's key that are not rotated.
    let keyWidth: Int
    let valueWidth: Int
    /// Width of a latent.
    let rank: Int

    /// Queries of `head` in the latent space: Bkᵀ q.
    func absorb(_ queries: ActivationView, head: Int, into absorbed: ActivationView, _ compute: Compute) {
        switch matrices {
        case .fused(let matrix):
            let first = head * (keyWidth + valueWidth)
            Compute.multiplyTransposedSerially(matrix.rows(first..<first + keyWidth), queries, into: absorbed)
        case .split(let transposed, _):
            compute.multiplySerially(transposed, rows: head * rank..<(head + 1) * rank, queries, into: absorbed)
        }
    }

    /// Values of `head` for sums of latents: Bv c.
    func expandValues(_ sums: ActivationView, head: Int, into values: ActivationView, _ compute: Compute) {
        switch matrices {
        case .fused(let matrix):
            let first = head * (keyWidth + valueWidth) + keyWidth
            compute.multiplySerially(matrix, rows: first..<first + valueWidth, sums, into: values)
        case .split(_, let matrix):
            compute.multiplySerially(matrix, rows: head * valueWidth..<(head + 1) * valueWidth, sums, into: values)
        }
    }
}
