/// Which experts are in slots, and which of them may leave. A plain value: it neither reads nor waits.
struct ExpertCache<Weights> {
    private var ready: [ExpertKey: Weights] = [:]
    /// Experts that a visit has yet to compute with.
    private var pinned: Set<ExpertKey> = []
    /// Experts that were read ahead, until their layer's next visit.
    private var ahead: Set<ExpertKey> = []
    /// Slots that are being read into.
    private var loadingCount = 0
    /// Tokens of the current visit that use each of its experts.
    private var tokenCounts: [ExpertKey: Int] = [:]
    private var policy: any EvictionPolicy
    let slotCount: Int
    /// Slots that may be used now, `slotCount` at most.
    private(set) var slotLimit: Int

    /// Slots that hold an expert or are being read into.
    var slotsInUse: Int { ready.count + loadingCount }
    /// Experts that were read ahead and have not been asked for.
    var aheadCount: Int { ahead.count }

    init(slotCount: Int, policy: any EvictionPolicy) {
        self.slotCount = slotCount
        slotLimit = slotCount
        self.policy = policy
    }

    /// A layer is about to ask for these experts; the number of those that were read ahead of it in vain.
    @discardableResult
    mutating func visit(_ demand: ExpertDemand) -> Int {
        policy.visit(layer: demand.layer, tokenCount: demand.tokenCount)
        tokenCounts = [:]
        for use in demand.uses { tokenCounts[ExpertKey(layer: demand.layer, expert: use.expert)] = use.tokenCount }
        let unused = ahead.filter { $0.layer == demand.layer && tokenCounts[$0] == nil }
        ahead.subtract(unused)
        return unused.count
    }

    /// Whether `key` is in a slot.
    func contains(_ key: ExpertKey) -> Bool { ready[key] != nil }

    /// The weights of `key`, which stay until `unpin`, and whether they were read ahead for this visit; `nil` if they
    /// have to be read.
    mutating func pin(_ key: ExpertKey) -> (weights: Weights, wasAhead: Bool)? {
        guard let weights = ready[key] else { return nil }
        pinned.insert(key)
        policy.use(key, tokenCount: tokenCounts[key] ?? 1)
        return (weights, ahead.remove(key) != nil)
    }

    /// Reserves a slot for a read that ends with `insert`, `admit` or `giveUp`; an expert may have to leave, one that was
    /// read ahead last of all. `false` if all are pinned or being read into.
    mutating func makeRoom() -> Bool {
        guard slotsInUse >= slotLimit else {
            loadingCount += 1
            return true
        }
        return makeRoomAhead() || makeRoom { [pinned] in !pinned.contains($0) }
    }

    /// The same for a read that nobody has asked for: experts that were read ahead stay.
    mutating func makeRoomAhead() -> Bool {
        makeRoom { [pinned, ahead] in !pinned.contains($0) && !ahead.contains($0) }
    }

    private mutating func makeRoom(where mayGo: (ExpertKey) -> Bool) -> Bool {
        while slotsInUse >= slotLimit {
            guard evict(where: mayGo) else { return false }
        }
        loadingCount += 1
        return true
    }

    private mutating func evict(where mayGo: (ExpertKey) -> Bool) -> Bool {
        guard let key = policy.evict(where: mayGo) else { return false }
        ready[key] = nil
        ahead.remove(key)
        return true
    }

    /// Uses no more than `count` slots from now on. Experts leave until that is so, those that were read ahead last;
    /// `false` if reads that are underway take more.
    mutating func limitSlots(to count: Int) -> Bool {
        slotLimit = min(slotCount, max(1, count))
        while slotsInUse > slotLimit {
            let hasLeft =
                evict(where: { [pinned, ahead] in !pinned.contains($0) && !ahead.contains($0) })
                || evict(where: { [pinned] in !pinned.contains($0) })
            guard hasLeft else { return false }
        }
        return true
    }

    /// Takes in weights that the current visit has asked for; they stay until `unpin`.
    mutating func insert(_ key: ExpertKey, _ weights: Weights) {
        loadingCount -= 1
        ready[key] = weights
        pinned.insert(key)
        policy.use(key, tokenCount: tokenCounts[key] ?? 1)
    }

    /// Takes in weights that no visit has used yet; those read ahead stay until their layer's next visit if possible.
    mutating func admit(_ key: ExpertKey, _ weights: Weights, isAhead: Bool) {
        loadingCount -= 1
        ready[key] = weights
        policy.admit(key)
        if isAhead { ahead.insert(key) }
    }

    /// Frees the slot of a read that failed.
    mutating func giveUp() { loadingCount -= 1 }

    /// Lets these experts leave when room is needed.
    mutating func unpin(_ keys: some Sequence<ExpertKey>) { pinned.subtract(keys) }

    /// Tells the policy what was learnt in an earlier run: uses of `key` per token.
    mutating func learn(_ key: ExpertKey, rate: Double) { policy.learn(key, rate: rate) }
}
