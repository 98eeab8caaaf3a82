/// Which experts are in slots, and which of them may leave. A plain value: it neither reads nor waits.
struct ExpertCache<Weights> {
    private var ready: [ExpertKey: Weights] = [:]
    /// Experts that a visit has yet to compute with.
    private var pinned: Set<ExpertKey> = []
    /// Slots that are being read into.
    private var loadingCount = 0
    /// Tokens of the current visit that use each of its experts.
    private var tokenCounts: [ExpertKey: Int] = [:]
    private var policy: any EvictionPolicy
    let slotCount: Int

    /// Slots that hold an expert or are being read into.
    var slotsInUse: Int { ready.count + loadingCount }

    init(slotCount: Int, policy: any EvictionPolicy) {
        self.slotCount = slotCount
        self.policy = policy
    }

    /// A layer is about to ask for these experts.
    mutating func visit(_ demand: ExpertDemand) {
        policy.visit(layer: demand.layer, tokenCount: demand.tokenCount)
        tokenCounts = [:]
        for use in demand.uses { tokenCounts[ExpertKey(layer: demand.layer, expert: use.expert)] = use.tokenCount }
    }

    /// The weights of `key`, which stay until `unpin`; `nil` if they have to be read.
    mutating func pin(_ key: ExpertKey) -> Weights? {
        guard let weights = ready[key] else { return nil }
        pinned.insert(key)
        policy.use(key, tokenCount: tokenCounts[key] ?? 1)
        return weights
    }

    /// Reserves a slot for a read that ends with `insert` or `giveUp`; an expert may have to leave. `false` if all are
    /// pinned or being read into.
    mutating func makeRoom() -> Bool {
        if slotsInUse >= slotCount {
            guard let key = policy.evict(where: { [pinned] in !pinned.contains($0) }) else { return false }
            ready[key] = nil
        }
        loadingCount += 1
        return true
    }

    /// Takes in weights that were read; they stay until `unpin`.
    mutating func insert(_ key: ExpertKey, _ weights: Weights) {
        loadingCount -= 1
        ready[key] = weights
        pinned.insert(key)
        policy.use(key, tokenCount: tokenCounts[key] ?? 1)
    }

    /// Frees the slot of a read that failed.
    mutating func giveUp() { loadingCount -= 1 }

    /// Lets these experts leave when room is needed.
    mutating func unpin(_ keys: some Sequence<ExpertKey>) { pinned.subtract(keys) }
}
