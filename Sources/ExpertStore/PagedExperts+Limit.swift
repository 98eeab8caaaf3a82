/// Using fewer slots while others need the memory.
extension PagedExperts {
    /// Slots that may be used now.
    public var slotLimit: Int { state.withLock { $0.cache.slotLimit } }

    /// Slots that have memory now.
    public var heldSlotCount: Int { slots.slotCount - slots.retiredSlotCount }

    /// Uses `count` slots from now on, or as many as the model needs; the memory of the others goes back to the kernel.
    ///
    /// Between visits only. Reads that are underway keep their slots: `false` says that some have to be waited for, and
    /// that another call would give more back. What the model computes does not depend on it.
    @discardableResult
    public func limitSlots(to count: Int) -> Bool {
        let limit = min(slotCount, max(minimumSlotCount, count))
        takeArrivals()
        slots.restore(limit - heldSlotCount)
        // An expert may have left that a reading thread has yet to let go of.
        while !state.withLock({ $0.cache.limitSlots(to: limit) }) {
            guard cancelIdleRead() else { break }
            takeArrivals()
        }
        let usedCount = state.withLock { max(limit, $0.cache.slotsInUse) }
        slots.retire(heldSlotCount - usedCount)
        return heldSlotCount == limit
    }
}
