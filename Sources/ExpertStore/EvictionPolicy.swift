/// Decides which expert leaves the cache when a slot is needed.
///
/// A policy sees the layers in the order in which they are computed, token after token; what it decides follows from
/// the calls alone, so that a replayed trace behaves as the engine did.
public protocol EvictionPolicy: Sendable {
    /// `layer` is about to use its experts for `tokenCount` tokens.
    mutating func visit(layer: Int, tokenCount: Int)

    /// `key` was used by `tokenCount` of the visit's tokens, either found in the cache or just read into it.
    mutating func use(_ key: ExpertKey, tokenCount: Int)

    /// The expert that should go first among those that `mayGo`; it is in the cache no more. `nil` if none may.
    mutating func evict(where mayGo: (ExpertKey) -> Bool) -> ExpertKey?
}

extension EvictionPolicy {
    /// A policy that is not interested in layers.
    public mutating func visit(layer: Int, tokenCount: Int) {}

    /// A visit for one token.
    mutating func visit(layer: Int) { visit(layer: layer, tokenCount: 1) }

    /// A use by one token.
    mutating func use(_ key: ExpertKey) { use(key, tokenCount: 1) }
}
