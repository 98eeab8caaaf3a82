import ExpertStore
import Tokenizer

/// Routing for offline study.
extension Model {
    /// Runs `tokens` from an empty context and calls `body` with the routed experts of every token and layer, in the
    /// order of a `RoutingTrace`, chunk by chunk. `progress` is told the tokens that are done.
    public func trace(
        _ tokens: [TokenID], progress: (_ processed: Int, _ total: Int) -> Void = { _, _ in },
        _ body: (RoutingTrace.Visit) throws -> Void
    ) throws {
        let cache = makeCache(contextLength: tokens.count)
        for start in stride(from: 0, to: tokens.count, by: prefillChunk) {
            progress(start, tokens.count)
            let chunk = Array(tokens[start..<min(start + prefillChunk, tokens.count)])
            let recorder = RoutingRecorder()
            _ = try forward(chunk, cache: cache, logits: .none, recorder: recorder)
            let layers = recorder.choices.keys.sorted()
            for token in chunk.indices {
                for layer in layers {
                    let chosen = recorder.choices[layer]?[token] ?? []
                    try body(RoutingTrace.Visit(layer: layer, experts: chosen.map(\.expert)))
                }
            }
        }
        progress(tokens.count, tokens.count)
    }
}
