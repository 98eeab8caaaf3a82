/// Runs a trace through the engine's cache without any weights: how often experts would have been found in slots.
public enum RoutingReplay {
    /// What a replay found.
    public struct Outcome: Sendable, Equatable {
        /// Experts used.
        public var useCount = 0
        /// Those found in a slot.
        public var hitCount = 0
        /// The same of the second half of the tokens, when the cache is warm.
        public var warmUseCount = 0
        /// Hits of the second half.
        public var warmHitCount = 0

        /// Hits of all uses.
        public var hitRate: Double { Double(hitCount) / Double(max(1, useCount)) }
        /// Hits of all uses in the second half.
        public var warmHitRate: Double { Double(warmHitCount) / Double(max(1, warmUseCount)) }
    }

    /// Replays `trace` with `slotCount` slots, empty at first.
    public static func run(_ trace: RoutingTrace, slotCount: Int, policy: any EvictionPolicy) -> Outcome {
        precondition(slotCount > 0, "an expert that is computed with lies in a slot")
        var cache = ExpertCache<Void>(slotCount: slotCount, policy: policy)
        var outcome = Outcome()
        let firstWarm = trace.tokenCount / 2 * trace.layerCount
        for (index, visit) in trace.visits.enumerated() {
            let hitCount = replay(visit, &cache)
            outcome.useCount += visit.experts.count
            outcome.hitCount += hitCount
            if index >= firstWarm {
                outcome.warmUseCount += visit.experts.count
                outcome.warmHitCount += hitCount
            }
        }
        return outcome
    }

    /// Replays `trace` with Belady's optimum: the most hits that `slotCount` slots allow.
    public static func optimum(_ trace: RoutingTrace, slotCount: Int) -> Outcome {
        run(trace, slotCount: slotCount, policy: BeladyOptimum(trace))
    }

    /// The steps of `PagedExperts.visit`, with reads that end as soon as all are asked for; the number of hits.
    private static func replay(_ visit: RoutingTrace.Visit, _ cache: inout ExpertCache<Void>) -> Int {
        cache.visit(ExpertDemand(layer: visit.layer, experts: visit.experts))
        var hits: [ExpertKey] = []
        var missing: [ExpertKey] = []
        // The order of the engine's visits.
        for expert in visit.experts.sorted() {
            let key = ExpertKey(layer: visit.layer, expert: expert)
            if cache.pin(key) != nil { hits.append(key) } else { missing.append(key) }
        }
        var arriving = missing.prefix { _ in cache.makeRoom() }
        missing.removeFirst(arriving.count)
        cache.unpin(hits)
        while !arriving.isEmpty || !missing.isEmpty {
            let more = missing.prefix { _ in cache.makeRoom() }
            missing.removeFirst(more.count)
            arriving += more
            for key in arriving { cache.insert(key, ()) }
            cache.unpin(arriving)
            arriving = []
        }
        return hits.count
    }
}
