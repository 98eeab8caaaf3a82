import Testing

@testable import ExpertStore

/// Experts by priority.
@Suite struct ExpertHeapTests {
    /// The same as sorting, over many random changes.
    @Test func agreesWithSorting() {
        var heap = ExpertHeap()
        var plain: [ExpertKey: Double] = [:]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let key = ExpertKey(layer: Int.random(in: 0..<3, using: &random), expert: Int.random(in: 0..<15))
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                heap.remove(key)
                plain[key] = nil
            default:
                let priority = Double(Int.random(in: 0..<10, using: &random))
                heap.set(key, priority: priority)
                plain[key] = priority
            }
            let odd = Bool.random(using: &random)
            let mayGo = { (key: ExpertKey) in key.expert.isMultiple(of: 2) != odd }
            let expected = plain.filter { mayGo($0.key) }
                .min { ($0.value, $0.key.layer, $0.key.expert) < ($1.value, $1.key.layer, $1.key.expert) }
            let first = heap.first(where: mayGo)
            #expect(first?.key == expected?.key && first?.priority == expected?.value)
        }
    }

    @Test func anEmptyOneHasNothing() {
        var heap = ExpertHeap()
        #expect(heap.first { _ in true } == nil)
        heap.remove(ExpertKey(layer: 0, expert: 0))
        heap.set(ExpertKey(layer: 0, expert: 0), priority: .infinity)
        #expect(heap.first { _ in true }?.priority == .infinity)
        #expect(heap.first { _ in false } == nil)
    }
}
