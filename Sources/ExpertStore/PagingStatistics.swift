/// What paging has cost so far.
public struct PagingStatistics: Sendable, Equatable {
    /// Experts found in a slot.
    public var hitCount = 0
    /// Experts read from disk.
    public var missCount = 0
    /// Bytes read from disk.
    public var readByteCount = 0
    /// Reads that were repeated because the first one failed.
    public var repeatedReadCount = 0
    /// Seconds that the engine did nothing but wait for the disk.
    public var stalledSeconds = 0.0

    /// Nothing yet.
    public init() {}

    /// Hits of all uses; 1 if there were none.
    public var hitRate: Double {
        hitCount + missCount == 0 ? 1 : Double(hitCount) / Double(hitCount + missCount)
    }

    /// What was added since `earlier`.
    public func since(_ earlier: PagingStatistics) -> PagingStatistics {
        var difference = self
        difference.hitCount -= earlier.hitCount
        difference.missCount -= earlier.missCount
        difference.readByteCount -= earlier.readByteCount
        difference.repeatedReadCount -= earlier.repeatedReadCount
        difference.stalledSeconds -= earlier.stalledSeconds
        return difference
    }
}
