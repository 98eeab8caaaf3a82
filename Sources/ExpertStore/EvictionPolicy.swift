/// Decides which expert leaves the cache when a slot is needed.
///
/// A policy sees the layers in the order in which they are computed, token after token; what it decides follows from
/// the calls alone, so that a replayed trace behaves as the engine did.
public protocol EvictionPolicy: Sendable {
    /// `layer` is about to use its experts for `tokenCount` tokens.
    mutating func visit(layer: Int, tokenCount: Int)

    /// `key` was used by `tokenCount` of the visit's tokens, either found in the cache or just read into it.
    mutating func use(_ key: ExpertKey, tokenCount: Int)

    /// `key` was read into the cache and has not been used by any token yet.
    mutating func admit(_ key: ExpertKey)

    /// `key` was used by `rate` of the tokens of an earlier run: what to start from.
    mutating func learn(_ key: ExpertKey, rate: Double)

    /// The expert that should go first among those that `mayGo`; it is in the cache no more. `nil` if none may.
    mutating func evict(where mayGo: (ExpertKey) -> Bool) -> ExpertKey?
}

extension EvictionPolicy {
    /// A policy that is not interested in layers.
    public mutating func visit(layer: Int, tokenCount: Int) {}

    /// A policy that takes every arrival for a use.
    public mutating func admit(_ key: ExpertKey) { use(key, tokenCount: 1) }

    /// A policy that does not count uses.
    public mutating func learn(_ key: ExpertKey, rate: Double) {}

    /// A visit for one token.
    mutating func visit(layer: Int) { visit(layer: layer, tokenCount: 1) }

    /// A use by one token.
    mutating func use(_ key: ExpertKey) { use(key, tokenCount: 1) }
}
