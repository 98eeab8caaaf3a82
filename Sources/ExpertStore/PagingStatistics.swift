/// What paging has cost so far.
public struct PagingStatistics: Sendable, Equatable {
    /// Experts found in a slot where an earlier token left them.
    public var hitCount = 0
    /// Experts that had been read ahead, or were being read ahead, when they were asked for.
    public var aheadHitCount = 0
    /// Experts read because they were asked for.
    public var missCount = 0
    /// Experts read ahead, wanted in the end or not.
    public var aheadCount = 0
    /// Experts that were read ahead in vain.
    public var wastedCount = 0
    /// Bytes read from disk.
    public var readByteCount = 0
    /// Reads that were repeated because the first one failed.
    public var repeatedReadCount = 0
    /// Seconds that the engine did nothing but wait for the disk.
    public var stalledSeconds = 0.0
    /// Seconds in which the disk was read from.
    public var busySeconds = 0.0

    /// Nothing yet.
    public init() {}

    /// Hits of all uses, those of experts read ahead not among them; 1 if there were none.
    public var hitRate: Double {
        let useCount = hitCount + aheadHitCount + missCount
        return useCount == 0 ? 1 : Double(hitCount) / Double(useCount)
    }

    /// Share of the experts read ahead that were used; 1 if there were none.
    public var aheadPrecision: Double { aheadCount == 0 ? 1 : Double(aheadHitCount) / Double(aheadCount) }

    /// Share of the experts that had to be read which were read ahead; 0 if there were none.
    public var aheadRecall: Double {
        let readCount = aheadHitCount + missCount
        return readCount == 0 ? 0 : Double(aheadHitCount) / Double(readCount)
    }

    /// Bytes per second while the disk was read from; 0 if it was not.
    public var diskBytesPerSecond: Double { busySeconds > 0 ? Double(readByteCount) / busySeconds : 0 }

    private static var counts: [WritableKeyPath<PagingStatistics, Int>] {
        [
            \.hitCount, \.aheadHitCount, \.missCount, \.aheadCount, \.wastedCount, \.readByteCount,
            \.repeatedReadCount,
        ]
    }

    private static var times: [WritableKeyPath<PagingStatistics, Double>] { [\.stalledSeconds, \.busySeconds] }

    /// What was added since `earlier`.
    public func since(_ earlier: PagingStatistics) -> PagingStatistics {
        var difference = self
        for count in Self.counts { difference[keyPath: count] -= earlier[keyPath: count] }
        for time in Self.times { difference[keyPath: time] -= earlier[keyPath: time] }
        return difference
    }

    /// The sum with `other`, which was counted beside it.
    public func adding(_ other: PagingStatistics) -> PagingStatistics {
        var sum = self
        for count in Self.counts { sum[keyPath: count] += other[keyPath: count] }
        for time in Self.times { sum[keyPath: time] += other[keyPath: time] }
        return sum
    }
}
