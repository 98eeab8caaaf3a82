import Checkpoint
import Kernels

/// What all layers share while one chunk of tokens passes through them.
struct ForwardPass {
    let compute: Compute
    /// Position of the first token.
    let start: Int
    /// The rotation of each token's position.
    let rotation: Rotation
    /// Told which experts were chosen, or tells which to take, for diagnostics.
    let recorder: RoutingRecorder?
    /// Told the state of a single token, so that experts can be read ahead; `nil` if none are.
    let lookahead: RouterLookahead?
    /// Whether nobody wants the result any more.
    let isCancelled: () -> Bool
}

/// The rotary embedding at the positions of one chunk.
struct Rotation: Sendable {
    /// Cosines and sines, one row of pairs per token.
    private let cosine: [Float]
    private let sine: [Float]
    private let pairCount: Int
    private let layout: Compute.RopeLayout

    /// The rotation of `count` tokens from position `start` on.
    init(_ table: RopeTable, from start: Int, count: Int) {
        (cosine, sine) = table.angles(from: start, count: count)
        pairCount = cosine.count / count
        layout = table.layout
    }

    /// Rotates the row `x`, which belongs to the chunk's token `token`.
    func rotate(_ x: ActivationView, token: Int) {
        let range = token * pairCount..<(token + 1) * pairCount
        Compute.rope(x, cosine: cosine.span.extracting(range), sine: sine.span.extracting(range), layout: layout)
    }
}
