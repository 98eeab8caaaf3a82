import Testing

@testable import ExpertStore

/// The order in which experts leave the cache.
@Suite struct LeastRecentlyUsedTests {
    static func key(_ expert: Int) -> ExpertKey { ExpertKey(layer: 1, expert: expert) }

    @Test func theOldestLeavesFirst() {
        var policy = LeastRecentlyUsed()
        for expert in [1, 2, 3, 4, 2, 1] { policy.use(Self.key(expert)) }
        let order = (0..<4).map { _ in policy.evict { _ in true }?.expert }
        #expect(order == [3, 4, 2, 1])
        #expect(policy.evict { _ in true } == nil)
        policy.use(Self.key(7))
        #expect(policy.evict { _ in true } == Self.key(7))
    }

    @Test func thoseThatMayNotGoStay() {
        var policy = LeastRecentlyUsed()
        for expert in 1...4 { policy.use(Self.key(expert)) }
        #expect(policy.evict { $0.expert > 2 } == Self.key(3))
        #expect(policy.evict { $0.expert == 9 } == nil)
        #expect(policy.evict { _ in true } == Self.key(1))
    }

    /// The same as a plain list, over many random uses.
    @Test func agreesWithAPlainList() {
        var policy = LeastRecentlyUsed()
        var list: [ExpertKey] = []
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let key = Self.key(Int.random(in: 0..<40, using: &random))
            if Bool.random(using: &random) || list.isEmpty {
                list.removeAll { $0 == key }
                list.append(key)
                policy.use(key)
            } else {
                let expected = list.firstIndex { $0.expert != key.expert }.map { list.remove(at: $0) }
                #expect(policy.evict { $0.expert != key.expert } == expected)
            }
        }
    }
}
