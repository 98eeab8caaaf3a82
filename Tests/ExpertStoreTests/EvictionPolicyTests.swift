import Testing

@testable import ExpertStore

/// What every policy has to keep, and the order in which each lets experts leave.
@Suite struct EvictionPolicyTests {
    static func key(_ layer: Int, _ expert: Int) -> ExpertKey { ExpertKey(layer: layer, expert: expert) }

    /// Everything that leaves, in order.
    static func drained(_ policy: any EvictionPolicy) -> [ExpertKey] {
        var policy = policy
        var order: [ExpertKey] = []
        while let key = policy.evict(where: { _ in true }) { order.append(key) }
        return order
    }

    /// A cache under random visits: never more experts than slots, those in use stay, the rest is found again.
    @Test(arguments: PolicyName.allCases) func theCacheKeepsItsWord(name: PolicyName) {
        var random = SystemRandomNumberGenerator()
        for slotCount in [1, 2, 5, 9, 30] {
            var cache = ExpertCache<ExpertKey>(slotCount: slotCount, policy: name.make())
            for token in 0..<60 {
                for layer in 1..<4 {
                    let keys = (0..<8).shuffled(using: &random).prefix(3).map { Self.key(layer, $0) }
                    cache.visit(ExpertDemand(layer: layer, experts: keys.map(\.expert)))
                    var held: [ExpertKey] = []
                    for key in keys {
                        if let found = cache.pin(key) {
                            #expect(found.weights == key && !found.wasAhead)
                            held.append(key)
                        }
                    }
                    var loading = 0
                    for key in keys where !held.contains(key) && cache.makeRoom() {
                        loading += 1
                        #expect(loading + held.count <= slotCount)
                        // A read may fail.
                        if token % 7 == 0 {
                            cache.giveUp()
                            loading -= 1
                        } else {
                            cache.insert(key, key)
                            held.append(key)
                            loading -= 1
                        }
                        #expect(cache.slotsInUse <= slotCount)
                    }
                    // Nothing that is pinned was evicted meanwhile.
                    for key in held { #expect(cache.pin(key)?.weights == key) }
                    cache.unpin(keys)
                }
            }
        }
    }

    @Test(arguments: PolicyName.allCases) func whatIsReadAheadStaysUntilItsTurn(name: PolicyName) {
        var cache = ExpertCache<ExpertKey>(slotCount: 3, policy: name.make())
        func read(_ key: ExpertKey, isAhead: Bool) {
            guard isAhead ? cache.makeRoomAhead() : cache.makeRoom() else { return }
            if isAhead { cache.admit(key, key, isAhead: true) } else { cache.insert(key, key) }
            cache.unpin([key])
        }
        cache.visit(ExpertDemand(layer: 1, experts: [0]))
        read(Self.key(1, 0), isAhead: false)
        read(Self.key(3, 1), isAhead: true)
        read(Self.key(3, 2), isAhead: true)
        // The expert that was used leaves before those that will be.
        cache.visit(ExpertDemand(layer: 2, experts: [4]))
        read(Self.key(2, 4), isAhead: false)
        #expect(!cache.contains(Self.key(1, 0)) && cache.aheadCount == 2)
        read(Self.key(3, 5), isAhead: true)
        #expect(!cache.contains(Self.key(2, 4)) && cache.aheadCount == 3)
        // Nothing else is left for a forecast; a demand comes first.
        read(Self.key(3, 6), isAhead: true)
        #expect(!cache.contains(Self.key(3, 6)) && cache.aheadCount == 3)
        cache.visit(ExpertDemand(layer: 2, experts: [7]))
        read(Self.key(2, 7), isAhead: false)
        #expect(cache.aheadCount == 2 && cache.slotsInUse == 3)
        // Their turn: what is asked for is found, the rest may go.
        let left = (1...5).map { Self.key(3, $0) }.filter { cache.contains($0) }
        let wastedCount = cache.visit(ExpertDemand(layer: 3, experts: [left[0].expert]))
        let found = [cache.pin(left[0]), cache.pin(left[0])].map { $0?.wasAhead }
        #expect(wastedCount == 1 && found == [true, false])
        #expect(cache.aheadCount == 0)
    }

    @Test(arguments: [PolicyName.expected, .lfu]) func whatWasLearntBeforeCounts(name: PolicyName) {
        var policy = name.make()
        for (expert, rate) in [(0, 0.5), (1, 0.1), (2, 0.9)] { policy.learn(Self.key(0, expert), rate: rate) }
        for expert in 0..<4 { policy.admit(Self.key(0, expert)) }
        var order: [Int?] = []
        for _ in 0..<4 { order.append(policy.evict { _ in true }?.expert) }
        #expect(order == [3, 1, 0, 2])
    }

    @Test(arguments: PolicyName.allCases) func theSameCallsHaveTheSameEffect(name: PolicyName) {
        func run() -> [ExpertKey?] {
            var policy = name.make()
            var state: UInt64 = 1
            var inside: Set<ExpertKey> = []
            return (0..<3000).map { step in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let key = Self.key(step / 3 % 5, Int(state >> 33) % 20)
                if step.isMultiple(of: 3) { policy.visit(layer: key.layer) }
                policy.use(key)
                inside.insert(key)
                guard inside.count > 30 else { return nil }
                let gone = policy.evict { $0 != key }
                #expect(gone != key && gone.map { inside.remove($0) != nil } == true)
                return gone
            }
        }
        #expect(run() == run())
    }

    @Test(arguments: PolicyName.allCases) func thoseThatMayNotGoStay(name: PolicyName) {
        var policy = name.make()
        #expect(policy.evict { _ in true } == nil)
        policy.visit(layer: 3)
        for expert in 0..<6 { policy.use(Self.key(3, expert)) }
        #expect(policy.evict { _ in false } == nil)
        #expect(policy.evict { $0.expert == 4 } == Self.key(3, 4))
        #expect(policy.evict { $0.expert == 4 } == nil)
        #expect(Set(Self.drained(policy)) == Set([0, 1, 2, 3, 5].map { Self.key(3, $0) }))
    }

    @Test func firstInFirstOut() {
        var policy: any EvictionPolicy = FirstInFirstOut()
        for expert in [1, 2, 3, 1] { policy.use(Self.key(0, expert)) }
        #expect(policy.evict { _ in true } == Self.key(0, 1))
        policy.use(Self.key(0, 1))
        #expect(Self.drained(policy).map(\.expert) == [2, 3, 1])
    }

    @Test func theLeastUsedLeavesAndOldUsesCountLess() {
        var policy: any EvictionPolicy = DecayedFrequency(halfLife: 1)
        for experts in [[1, 2, 3], [1, 2], [2], [], [], [4], [5]] {
            policy.visit(layer: 0)
            for expert in experts { policy.use(Self.key(0, expert)) }
        }
        #expect(Self.drained(policy).map(\.expert) == [3, 1, 2, 4, 5])
        var slow: any EvictionPolicy = DecayedFrequency(halfLife: 1000)
        for experts in [[1, 2, 3], [1, 2], [2], [], [], [4], [5]] {
            slow.visit(layer: 0)
            for expert in experts { slow.use(Self.key(0, expert)) }
        }
        #expect(Self.drained(slow).map(\.expert) == [3, 4, 5, 1, 2])
    }

    @Test func ofEquallyUsedOnesTheLastLayersLeavesFirst() {
        var policy: any EvictionPolicy = LatestExpectedUse()
        for layer in 0..<3 {
            policy.visit(layer: layer)
            policy.use(Self.key(layer, 7))
        }
        #expect(Self.drained(policy).map(\.layer) == [2, 1, 0])
        policy.visit(layer: 0)
        #expect(Self.drained(policy).map(\.layer) == [0, 2, 1])
    }

    @Test func ratesOutliveEviction() {
        for name in [PolicyName.lfu, .expected] {
            var policy = name.make()
            policy.visit(layer: 0)
            policy.use(Self.key(0, 1))
            #expect(policy.evict { _ in true } == Self.key(0, 1))
            for expert in [2, 1] {
                policy.visit(layer: 0)
                policy.use(Self.key(0, expert))
            }
            policy.visit(layer: 0)
            policy.use(Self.key(0, 3))
            #expect(Self.drained(policy).map(\.expert) == [2, 3, 1])
        }
    }

    /// Uses and ages beyond what a power of two can hold.
    @Test func longRunsStayInOrder() {
        var policy: any EvictionPolicy = LatestExpectedUse(halfLife: 1)
        policy.visit(layer: 0)
        policy.use(Self.key(0, 1))
        policy.use(Self.key(0, 2))
        policy.visit(layer: 0)
        policy.use(Self.key(0, 2))
        for _ in 0..<5000 { policy.visit(layer: 0) }
        policy.use(Self.key(0, 0))
        #expect(policy.evict { _ in true } == Self.key(0, 1))
        policy.visit(layer: 0)
        policy.use(Self.key(0, 1))
        policy.visit(layer: 0)
        policy.use(Self.key(0, 3))
        #expect(Self.drained(policy).map(\.expert) == [2, 0, 1, 3])
    }

    /// A chunk tells as much as the same tokens one by one.
    @Test(arguments: [PolicyName.lfu, .expected]) func aPromptShowsWhatIsPopular(name: PolicyName) {
        var policy = name.make()
        policy.visit(layer: 0, tokenCount: 100)
        for (expert, count) in [(1, 50), (2, 90), (3, 2), (4, 20)] {
            policy.use(Self.key(0, expert), tokenCount: count)
        }
        policy.visit(layer: 0)
        policy.use(Self.key(0, 5))
        #expect(Self.drained(policy).map(\.expert) == [3, 5, 4, 1, 2])
    }

    @Test func ratesAreUsesPerToken() {
        var rates = UsageRates(halfLife: 10)
        var chunked = UsageRates(halfLife: 10)
        var (one, other) = (0.0, 0.0)
        for token in 0..<400 {
            rates.visit(layer: 2, tokenCount: 1)
            if token.isMultiple(of: 4) { one = rates.use(Self.key(2, 0), tokenCount: 1) }
        }
        chunked.visit(layer: 2, tokenCount: 400)
        other = chunked.use(Self.key(2, 0), tokenCount: 100)
        #expect(abs(rates.rate(logarithm: one, layer: 2) - 0.25) < 0.03)
        #expect(abs(chunked.rate(logarithm: other, layer: 2) - 0.25) < 0.001)
    }
}
