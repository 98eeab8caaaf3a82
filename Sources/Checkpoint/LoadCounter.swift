import Memory
import Synchronization

/// Counts bytes while a model is loaded.
final class LoadCounter: Sendable {
    private let done = Atomic<Int>(0)
    let total: Int

    init(total: Int) {
        self.total = total
    }

    /// Adds bytes and returns the sum.
    func add(_ byteCount: Int) -> Int {
        WorkProgress.advance()
        return done.add(byteCount, ordering: .relaxed).newValue
    }
}
