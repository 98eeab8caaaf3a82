import Checkpoint
import Kernels

/// A run of whole pieces of the store that one thread makes from one place of the source.
struct ImportUnit: Sendable {
    /// Where the values come from.
    enum Source: Sendable {
        /// Rows of tensors, one tensor after the other.
        case rows([SourceRows])
        /// Keys of a fused expansion: of each head [latent, nope], transposed.
        case keys(FusedExpansion)
        /// Values of a fused expansion: of each head [value, latent].
        case values(FusedExpansion)
        /// A text of the source.
        case document([UInt8])
    }

    /// Some rows of a bound tensor.
    struct SourceRows: Sendable {
        let tensor: BoundTensor
        /// Counted from the tensor's first.
        let rows: Range<Int>

        /// Where the rows begin in their file.
        var offset: Int { tensor.slice(rows).offset }
    }

    /// The matrix [heads · (nope + value), latent] that expands latents.
    struct FusedExpansion: Sendable {
        let tensor: BoundTensor
        let headCount: Int
        let keyWidth: Int
        let valueWidth: Int
    }

    /// What is made, for messages.
    let name: String
    /// Where the values come from.
    let source: Source
    /// Format and layout of what is made; `nil` for a document.
    let matrix: StoreManifest.Matrix?
    /// First byte in the store: a page.
    let offset: Int
    /// Bytes in the store, with the zeros up to the next page.
    let byteCount: Int
    /// Bytes of a piece.
    let pieceByteCount: Int
    /// Number of the first piece's checksum.
    let firstChecksum: Int

    /// Bytes that are read to make it.
    var sourceByteCount: Int {
        switch source {
        case .rows(let parts): parts.reduce(0) { $0 + $1.rows.count * $1.tensor.rowByteCount }
        case .keys(let fused): fused.headCount * fused.keyWidth * fused.tensor.rowByteCount
        case .values(let fused): fused.headCount * fused.valueWidth * fused.tensor.rowByteCount
        case .document: 0
        }
    }

    /// File and offset that reading begins at; units are made in this order.
    var position: SourcePosition {
        switch source {
        case .rows(let parts):
            guard let first = parts.first else { return SourcePosition(file: 0, offset: 0) }
            return SourcePosition(file: first.tensor.entry.fileIndex, offset: first.offset)
        case .keys(let fused), .values(let fused):
            return SourcePosition(file: fused.tensor.entry.fileIndex, offset: fused.tensor.offset)
        case .document: return SourcePosition(file: 0, offset: 0)
        }
    }
}

/// A place in the files of a source.
struct SourcePosition: Sendable, Comparable {
    var file: Int
    var offset: Int

    static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.file, left.offset) < (right.file, right.offset)
    }
}
