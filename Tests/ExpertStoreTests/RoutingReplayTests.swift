import Testing

@testable import ExpertStore

/// Replays with known outcomes, and the optimum against trying everything.
@Suite struct RoutingReplayTests {
    /// One layer, one expert per token.
    static func trace(_ experts: [Int]) throws -> RoutingTrace {
        try RoutingTrace(experts.map { RoutingTrace.Visit(layer: 4, experts: [$0]) })
    }

    static func hits(_ experts: [Int], _ slotCount: Int, _ name: PolicyName) throws -> Int {
        RoutingReplay.run(try trace(experts), slotCount: slotCount, policy: name.make()).hitCount
    }

    @Test func aCycleDefeatsRecency() throws {
        let cycle = [0, 1, 2, 0, 1, 2, 0, 1, 2]
        let optimum = RoutingReplay.optimum(try Self.trace(cycle), slotCount: 2)
        #expect(optimum.useCount == 9 && optimum.hitCount == 3)
        #expect(optimum.warmUseCount == 5 && optimum.warmHitCount == 2)
        #expect(optimum.hitRate == 3.0 / 9 && optimum.warmHitRate == 0.4)
        for name in [PolicyName.lru, .fifo] {
            #expect(try Self.hits(cycle, 2, name) == 0)
            #expect(try Self.hits(cycle, 3, name) == 6)
        }
    }

    @Test func aStrangerDoesNotDriveOutAFriend() throws {
        let experts = [0, 0, 0, 1, 2, 0, 0]
        #expect(RoutingReplay.optimum(try Self.trace(experts), slotCount: 2).hitCount == 4)
        #expect(try Self.hits(experts, 2, .expected) == 4)
        #expect(try Self.hits(experts, 2, .lfu) == 4)
        #expect(try Self.hits(experts, 2, .lru) == 3)
        #expect(try Self.hits(experts, 2, .fifo) == 3)
        for name in PolicyName.allCases { #expect(try Self.hits(experts, 1, name) == 3) }
    }

    /// Two layers, two of them per token; one slot holds nothing over a layer.
    @Test func aTraceOfTwoLayers() throws {
        let trace = try RoutingTrace(parsing: Array("0 1 2\n1 1 3\n0 1 2\n1 3 0\n0 1 3\n1 3 1\n".utf8))
        for name in PolicyName.allCases {
            #expect(RoutingReplay.run(trace, slotCount: 1, policy: name.make()).hitCount == 0)
            let all = RoutingReplay.run(trace, slotCount: 8, policy: name.make())
            #expect(all.useCount == 12 && all.hitCount == 6 && all.warmUseCount == 8 && all.warmHitCount == 6)
        }
        #expect(RoutingReplay.run(trace, slotCount: 3, policy: LeastRecentlyUsed()).hitCount == 3)
        #expect(RoutingReplay.optimum(trace, slotCount: 8).hitCount == 6)
    }

    /// Layers with popular experts, others every `topic` tokens.
    static func randomTrace(
        layers: Int, experts: Int, perVisit: Int, tokens: Int, topic: Int = 40, seed: UInt64
    ) throws -> RoutingTrace {
        var random = Generator(state: seed)
        var visits: [RoutingTrace.Visit] = []
        for token in 0..<tokens {
            for layer in 0..<layers {
                var chosen: Set<Int> = []
                while chosen.count < perVisit {
                    let rank = min(random.below(experts), random.below(experts))
                    chosen.insert((rank + 7 * layer + 5 * (token / topic)) % experts)
                }
                visits.append(RoutingTrace.Visit(layer: layer, experts: chosen.sorted()))
            }
        }
        return try RoutingTrace(visits)
    }

    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 32
        }

        mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }
    }

    /// The most hits from visit `index` on, with `cached` in slots, whatever leaves.
    static func bestHits(
        _ trace: RoutingTrace, from index: Int, cached: Set<ExpertKey>, slots: Int,
        known: inout [Int: [Set<ExpertKey>: Int]]
    ) -> Int {
        guard index < trace.visits.count else { return 0 }
        if let hits = known[index]?[cached] { return hits }
        let visit = trace.visits[index]
        let used = Set(visit.experts.map { ExpertKey(layer: visit.layer, expert: $0) })
        let surplus = max(0, cached.union(used).count - slots)
        var best = 0
        for victims in subsets(Array(cached.subtracting(used)), count: surplus) {
            let next = cached.union(used).subtracting(victims)
            best = max(best, bestHits(trace, from: index + 1, cached: next, slots: slots, known: &known))
        }
        let hits = cached.intersection(used).count + best
        known[index, default: [:]][cached] = hits
        return hits
    }

    static func subsets(_ keys: [ExpertKey], count: Int) -> [[ExpertKey]] {
        guard count > 0 else { return [[]] }
        return keys.indices.flatMap { index in
            subsets(Array(keys[(index + 1)...]), count: count - 1).map { [keys[index]] + $0 }
        }
    }

    @Test(arguments: 0..<40) func theOptimumIsTheBestOfAll(seed: Int) throws {
        let trace = try Self.randomTrace(
            layers: 1 + seed % 3, experts: 4, perVisit: 1 + seed % 2, tokens: 6, seed: UInt64(seed) &+ 99)
        for slots in 2...5 {
            var known: [Int: [Set<ExpertKey>: Int]] = [:]
            let best = Self.bestHits(trace, from: 0, cached: [], slots: slots, known: &known)
            #expect(RoutingReplay.optimum(trace, slotCount: slots).hitCount == best)
        }
    }

    @Test(arguments: [1, 2, 3, 20, 40, 80, 160]) func nobodyBeatsTheOptimum(slots: Int) throws {
        let trace = try Self.randomTrace(layers: 5, experts: 32, perVisit: 4, tokens: 80, seed: 5)
        let optimum = RoutingReplay.optimum(trace, slotCount: slots)
        for name in PolicyName.allCases {
            let outcome = RoutingReplay.run(trace, slotCount: slots, policy: name.make())
            // With fewer slots than a layer uses, the order within the layer counts, which the optimum does not choose.
            #expect(outcome.hitCount <= optimum.hitCount || slots < 4)
            #expect(outcome.useCount == trace.useCount)
            #expect(outcome == RoutingReplay.run(trace, slotCount: slots, policy: name.make()))
        }
    }

    @Test func theEnginesPolicyBeatsRecency() throws {
        let trace = try Self.randomTrace(layers: 5, experts: 32, perVisit: 4, tokens: 200, topic: 100, seed: 17)
        for slots in [8, 12, 20, 40] {
            let lru = RoutingReplay.run(trace, slotCount: slots, policy: LeastRecentlyUsed())
            let expected = RoutingReplay.run(trace, slotCount: slots, policy: PolicyName.standard.make())
            #expect(expected.hitCount > lru.hitCount)
        }
    }

    @Test func expectationsRiseWithTheSlots() {
        var last = -1.0
        for slots in 0...1664 {
            let rate = ExpectedHitRate.estimate(slotCount: slots, expertCount: 1664)
            #expect(rate > last && rate <= 1)
            last = rate
        }
        #expect(last == 1)
        #expect(abs(ExpectedHitRate.estimate(slotCount: 416, expertCount: 1664) - 0.654) < 1e-9)
        #expect(ExpectedHitRate.estimate(slotCount: 10, expertCount: 0) == 1)
    }
}
