import Glibc
import Synchronization

/// Blocks of one size, overwritten in place again and again: memory that is allocated once, on huge pages where the
/// kernel has any, and given back as a whole. Callable from any thread.
///
/// A slot is written by `fill` or as a `draft` and then shared as an `AlignedBuffer` like any other; with the last reference to it the
/// slot is free again. So nobody can read a slot while it is overwritten.
@safe public final class SlotPool: @unchecked Sendable {
    // Sendable: a slot whose number comes from `free` belongs to whoever took it; the rest does not change.
    private let base: UnsafeMutableRawPointer
    private let free = Channel<Int>()
    private let reservation: MemoryReservation
    /// Slots without memory, which nobody is given.
    private let retired = Mutex<[Int]>([])
    /// Slots in all.
    public let slotCount: Int
    /// Bytes of a slot, a multiple of the page.
    public let slotByteCount: Int

    /// Memory of slots begins and ends on a page, as direct I/O wants it.
    public static let pageByteCount = 4096
    private static let hugePage = 2 << 20

    /// Bytes of a slot for `byteCount` bytes.
    public static func rounded(_ byteCount: Int) -> Int {
        (byteCount + pageByteCount - 1) / pageByteCount * pageByteCount
    }

    /// Allocates `slotCount` slots of at least `byteCount` bytes; `touch` gives them their pages.
    public init(
        slotCount: Int, byteCount: Int, budget: MemoryBudget, purpose: MemoryBudget.Purpose = .slots
    ) throws(MemoryError) {
        self.slotCount = slotCount
        slotByteCount = Self.rounded(max(1, byteCount))
        let (total, overflow) = slotByteCount.multipliedReportingOverflow(by: slotCount)
        guard slotCount > 0, !overflow else {
            throw MemoryError(.invalidSize, "cannot allocate \(slotCount) slots of \(byteCount) bytes")
        }
        reservation = try budget.reserve(total, for: purpose)
        var pointer: UnsafeMutableRawPointer?
        guard unsafe posix_memalign(&pointer, total >= Self.hugePage ? Self.hugePage : Self.pageByteCount, total) == 0,
            let allocated = unsafe pointer
        else { throw MemoryError(.outOfMemory, "the kernel refused to allocate \(total) bytes") }
        unsafe base = allocated
        // A matter of speed only: the kernel is free not to have any.
        _ = unsafe madvise(allocated, total, MADV_HUGEPAGE)
        for slot in 0..<slotCount { free.send(slot) }
    }

    // Every buffer in a slot holds a reference: none is left.
    deinit { unsafe Glibc.free(base) }

    /// Takes a slot and lets `fill` write it. If that throws, the slot is free again.
    public func fill<Failure: Error>(
        _ fill: (inout MutableRawSpan) throws(Failure) -> Void
    ) throws(Failure) -> AlignedBuffer {
        let draft = draft()
        try draft.write(0..<slotByteCount, fill)
        return draft.finish()
    }

    /// Takes a slot that is going to be written.
    ///
    /// The caller has counted the slots in use and knows that one is free, or will be as soon as another thread lets
    /// go of a buffer that it does not need any more: this waits for it.
    public func draft() -> SlotDraft {
        guard let index = free.receive() else { preconditionFailure("the pool is never closed") }
        let slot = unsafe base + index * slotByteCount
        return unsafe SlotDraft(AlignedBuffer(slot: slot, of: self), at: slot)
    }

    /// Writes to every page, so that none has to be found for the pool later. Before the first `fill` only.
    public func touch() {
        precondition(freeSlotCount == slotCount, "slots are in use")
        for offset in stride(from: 0, to: slotCount * slotByteCount, by: Self.pageByteCount) {
            unsafe base.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
        }
    }

    /// Gives the memory of up to `count` free slots back to the kernel; `restore` makes them slots again. Returns how many
    /// there were. Where the kernel has huge pages it takes one back as soon as all slots on it are retired, or when it
    /// runs out of others.
    @discardableResult
    public func retire(_ count: Int) -> Int {
        var done = 0
        while done < count, let index = free.receive(within: 0) {
            let slot = unsafe base + index * slotByteCount
            _ = unsafe madvise(slot, slotByteCount, MADV_DONTNEED)
            retired.withLock { $0.append(index) }
            done += 1
        }
        return done
    }

    /// Makes up to `count` retired slots free; they get memory when they are written.
    public func restore(_ count: Int) {
        let indices = retired.withLock { retired in
            let last = Array(retired.suffix(max(0, count)))
            retired.removeLast(last.count)
            return last
        }
        for index in indices { free.send(index) }
    }

    /// Slots without memory.
    public var retiredSlotCount: Int { retired.withLock { $0.count } }

    /// Slots that nobody uses.
    public var freeSlotCount: Int { free.count }

    func takeBack(_ slot: UnsafeMutableRawPointer) {
        let index = unsafe (slot - base) / slotByteCount
        free.send(index)
    }
}
