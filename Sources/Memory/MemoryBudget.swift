import Synchronization

/// One hard number for everything big that the process allocates.
///
/// Nothing large is allocated without a reservation; a reservation that does not fit is refused with the sum
/// spelled out. Callable from any thread.
public final class MemoryBudget: Sendable {
    /// What memory is used for.
    public enum Purpose: String, CaseIterable, Sendable {
        /// Weights that stay in memory.
        case resident
        /// Slots of the expert cache.
        case slots
        /// Key-value cache.
        case cache
        /// Activations.
        case scratch
    }

    /// Bytes that may be reserved in all.
    public let limit: Int
    private let reserved = Mutex<[Purpose: Int]>([:])

    /// Makes a budget of `limit` bytes.
    public init(limit: Int) {
        self.limit = limit
    }

    /// A budget of what the machine and its cgroup have to give now, less a reserve for everything else.
    public static func ofThisMachine() -> MemoryBudget {
        MemoryBudget(limit: SystemMemory.read().budget)
    }

    /// Takes `byteCount` bytes; they are given back when the reservation is dropped.
    public func reserve(_ byteCount: Int, for purpose: Purpose) throws(MemoryError) -> MemoryReservation {
        guard byteCount >= 0 else { throw MemoryError(.invalidSize, "cannot reserve \(byteCount) bytes") }
        let refusal: MemoryError? = reserved.withLock { reserved in
            let total = reserved.values.reduce(0, +)
            guard byteCount <= limit - total else {
                return describeRefusal(of: byteCount, for: purpose, beside: reserved)
            }
            reserved[purpose, default: 0] += byteCount
            return nil
        }
        if let refusal { throw refusal }
        return MemoryReservation(budget: self, purpose: purpose, byteCount: byteCount)
    }

    /// Bytes that may still be reserved.
    public var availableByteCount: Int { limit - usage().values.reduce(0, +) }

    /// Bytes reserved now, by purpose.
    public func usage() -> [Purpose: Int] { reserved.withLock { $0 } }

    fileprivate func release(_ byteCount: Int, for purpose: Purpose) {
        reserved.withLock { $0[purpose, default: 0] -= byteCount }
    }

    private func describeRefusal(of byteCount: Int, for purpose: Purpose, beside reserved: [Purpose: Int])
        -> MemoryError
    {
        let parts = Purpose.allCases.compactMap { part in
            reserved[part].flatMap { $0 > 0 ? "\(part.rawValue) \(mebibytes($0))" : nil }
        }
        let held = parts.isEmpty ? "nothing reserved yet" : "already reserved: " + parts.joined(separator: ", ")
        return MemoryError(
            .overBudget,
            "\(purpose.rawValue) memory of \(mebibytes(byteCount)) does not fit the budget of \(mebibytes(limit)) "
                + "(\(held)); give more with --memory or choose a smaller model or context")
    }

    private func mebibytes(_ byteCount: Int) -> String { "\(byteCount >> 20 + (byteCount & 0xfffff == 0 ? 0 : 1)) MiB" }
}

/// Bytes taken from a budget; dropping it gives them back.
public final class MemoryReservation: Sendable {
    private let budget: MemoryBudget
    private let purpose: MemoryBudget.Purpose
    /// Bytes held.
    public let byteCount: Int

    fileprivate init(budget: MemoryBudget, purpose: MemoryBudget.Purpose, byteCount: Int) {
        self.budget = budget
        self.purpose = purpose
        self.byteCount = byteCount
    }

    deinit { budget.release(byteCount, for: purpose) }
}
