/// Evicts the expert whose next use is latest. It has to be told the future: no policy can hit more often.
struct BeladyOptimum: EvictionPolicy {
    /// Visits in which each expert is used, ascending, and how many of them lie behind.
    private var uses: [ExpertKey: (visits: [Int], past: Int)] = [:]
    private var visit = -1
    private var heap = ExpertHeap()

    /// The policy for `trace`, from its first visit on.
    init(_ trace: RoutingTrace) {
        for (index, visit) in trace.visits.enumerated() {
            for expert in visit.experts {
                uses[ExpertKey(layer: visit.layer, expert: expert), default: ([], 0)].visits.append(index)
            }
        }
    }

    mutating func visit(layer: Int, tokenCount: Int) { visit += 1 }

    mutating func use(_ key: ExpertKey, tokenCount: Int) {
        var next = Int.max
        if var known = uses[key] {
            while known.past < known.visits.count, known.visits[known.past] <= visit { known.past += 1 }
            if known.past < known.visits.count { next = known.visits[known.past] }
            uses[key]?.past = known.past
        }
        heap.set(key, priority: -Double(next))
    }

    mutating func evict(where mayGo: (ExpertKey) -> Bool) -> ExpertKey? {
        guard let key = heap.first(where: mayGo)?.key else { return nil }
        heap.remove(key)
        return key
    }
}
