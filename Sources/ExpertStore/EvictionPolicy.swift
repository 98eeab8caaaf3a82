/// Decides which expert leaves the cache when a slot is needed.
public protocol EvictionPolicy: Sendable {
    /// `key` was used, either found in the cache or just read into it.
    mutating func use(_ key: ExpertKey)

    /// The expert that should go first among those that `mayGo`; it is forgotten. `nil` if none may.
    mutating func evict(where mayGo: (ExpertKey) -> Bool) -> ExpertKey?
}
