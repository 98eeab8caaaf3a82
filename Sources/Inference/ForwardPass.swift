import Checkpoint
import Kernels

/// What all layers share while one batch of tokens passes through them.
struct ForwardPass {
    let compute: Compute
    /// The contexts that the rows belong to, in order.
    let contexts: [ContextRows]
    /// Context and position of each row.
    let places: [(context: Int, position: Int)]
    /// The rotation of each row's position.
    let rotation: Rotation
    /// Told which experts were chosen, or tells which to take, for diagnostics.
    let recorder: RoutingRecorder?
    /// Told the states of single tokens, so that experts can be read ahead; `nil` if none are.
    let lookahead: RouterLookahead?
    /// Whether nobody wants the result any more.
    let isCancelled: () -> Bool

    /// Rows of a batch that follow each other in one context.
    struct ContextRows {
        let cache: KVCache
        /// The rows of the batch.
        let rows: Range<Int>
        /// Position of the first one.
        let start: Int

        /// The rows in pieces of `count`, the last first: they see most rows of the cache, and no thread should be left
        /// alone with them.
        func pieces(of count: Int) -> [Range<Int>] {
            stride(from: rows.lowerBound, to: rows.upperBound, by: count).reversed().map {
                $0..<min($0 + count, rows.upperBound)
            }
        }

        /// Position of `row`.
        func position(of row: Int) -> Int { start + row - rows.lowerBound }
    }

    /// The pass of `parts`.
    init(
        compute: Compute, _ parts: [BatchPart], _ rope: RopeTable, recorder: RoutingRecorder?,
        lookahead: RouterLookahead?, isCancelled: @escaping () -> Bool
    ) {
        self.compute = compute
        self.recorder = recorder
        self.lookahead = lookahead
        self.isCancelled = isCancelled
        var contexts: [ContextRows] = []
        for part in parts {
            let first = contexts.last?.rows.upperBound ?? 0
            contexts.append(
                ContextRows(cache: part.cache, rows: first..<first + part.tokens.count, start: part.cache.count))
        }
        self.contexts = contexts
        places = contexts.enumerated().flatMap { index, context in
            context.rows.map { (index, context.position(of: $0)) }
        }
        rotation = Rotation(rope, contexts)
    }
}

/// The rotary embedding at the positions of one batch.
struct Rotation: Sendable {
    /// Cosines and sines, as many pairs for every row.
    private let cosine: [Float]
    private let sine: [Float]
    private let pairCount: Int
    private let layout: Compute.RopeLayout

    /// The rotation of the positions of `contexts`.
    init(_ table: RopeTable, _ contexts: [ForwardPass.ContextRows]) {
        var (cosine, sine) = ([Float](), [Float]())
        for context in contexts {
            let angles = table.angles(from: context.start, count: context.rows.count)
            cosine += angles.cosine
            sine += angles.sine
        }
        pairCount = cosine.count / (contexts.last?.rows.upperBound ?? 1)
        (self.cosine, self.sine) = (cosine, sine)
        layout = table.layout
    }

    /// Rotates `x`, part of the batch's row `token`.
    func rotate(_ x: ActivationView, token: Int) {
        let range = token * pairCount..<(token + 1) * pairCount
        Compute.rope(x, cosine: cosine.span.extracting(range), sine: sine.span.extracting(range), layout: layout)
    }
}
