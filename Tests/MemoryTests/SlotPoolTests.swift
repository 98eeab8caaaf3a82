import Testing

import Memory

/// Slots that are written, shared and written again.
@Suite struct SlotPoolTests {
    static func pool(_ slotCount: Int) throws -> SlotPool {
        let pool = try SlotPool(slotCount: slotCount, byteCount: 5000, budget: MemoryBudget(limit: 1 << 20))
        pool.touch()
        return pool
    }

    @Test func aSlotIsFreeAgainWhenNobodyRefersToIt() throws {
        let pool = try Self.pool(2)
        #expect(pool.slotByteCount == 8192)
        var first: AlignedBuffer? = pool.fill { $0.storeBytes(of: 7, toByteOffset: 8191, as: UInt8.self) }
        let second = pool.fill { $0.storeBytes(of: 9, toByteOffset: 0, as: UInt8.self) }
        #expect(pool.freeSlotCount == 0)
        #expect(first?.withBytes { $0.unsafeLoad(fromByteOffset: 8191, as: UInt8.self) } == 7)
        first = nil
        #expect(pool.freeSlotCount == 1)
        let third = pool.fill { $0.storeBytes(of: 3, toByteOffset: 0, as: UInt8.self) }
        #expect(second.withBytes { $0.unsafeLoad(fromByteOffset: 0, as: UInt8.self) } == 9)
        #expect(third.withBytes { $0.unsafeLoad(fromByteOffset: 0, as: UInt8.self) } == 3)
    }

    @Test func aSlotWhoseWritingFailsIsFree() throws {
        let pool = try Self.pool(1)
        for _ in 0..<3 {
            #expect(throws: CancellationError.self) {
                try pool.fill { _ throws(CancellationError) in throw CancellationError() }
            }
        }
        #expect(pool.freeSlotCount == 1)
    }

    @Test func aDraftIsWrittenInParts() throws {
        let pool = try Self.pool(1)
        let buffer: AlignedBuffer
        do {
            let draft = pool.draft()
            draft.write(4096..<8192) { $0.storeBytes(of: 2, toByteOffset: 0, as: UInt8.self) }
            draft.write(0..<4096) { $0.storeBytes(of: 1, toByteOffset: 0, as: UInt8.self) }
            buffer = draft.finish()
        }
        #expect(pool.freeSlotCount == 0)
        #expect(buffer.withBytes { $0.unsafeLoad(fromByteOffset: 4096, as: UInt8.self) } == 2)
    }

    @Test func theBudgetIsAskedAndPaidBack() throws {
        let budget = MemoryBudget(limit: 16384)
        #expect(throws: MemoryError.self) { try SlotPool(slotCount: 5, byteCount: 4096, budget: budget) }
        do {
            let pool = try SlotPool(slotCount: 4, byteCount: 4096, budget: budget)
            #expect(budget.usage()[.slots] == 4 * pool.slotByteCount)
        }
        #expect(budget.availableByteCount == 16384)
    }
}

/// Slots that give their memory back and get it again.
@Suite struct RetiredSlotTests {
    @Test func retiresFreeSlotsOnly() throws {
        let pool = try SlotPoolTests.pool(4)
        let used = pool.fill { $0.storeBytes(of: 7, toByteOffset: 0, as: UInt8.self) }
        #expect(pool.retire(2) == 2 && pool.retiredSlotCount == 2 && pool.freeSlotCount == 1)
        #expect(pool.retire(9) == 1 && pool.freeSlotCount == 0)
        #expect(pool.retire(-1) == 0)
        pool.restore(1)
        #expect(pool.retiredSlotCount == 2 && pool.freeSlotCount == 1)
        let again = pool.fill { $0.storeBytes(of: 5, toByteOffset: 8191, as: UInt8.self) }
        // A page that was given back comes again without what it held.
        #expect(again.withBytes { $0.unsafeLoad(fromByteOffset: 0, as: UInt8.self) } == 0)
        #expect(again.withBytes { $0.unsafeLoad(fromByteOffset: 8191, as: UInt8.self) } == 5)
        #expect(used.withBytes { $0.unsafeLoad(fromByteOffset: 0, as: UInt8.self) } == 7)
        pool.restore(9)
        pool.restore(-1)
        #expect(pool.retiredSlotCount == 0 && pool.freeSlotCount == 2)
    }

    @Test func theKernelGetsThePagesBack() throws {
        let pool = try SlotPool(slotCount: 64, byteCount: 1 << 20, budget: MemoryBudget(limit: 1 << 28))
        pool.touch()
        let full = try Self.residentPageCount()
        pool.retire(48)
        #expect(full - (try Self.residentPageCount()) > 40 << 8, "48 MiB are 12288 pages")
    }

    private static func residentPageCount() throws -> Int {
        let text = try #require(SmallFile.read("/proc/self/statm"))
        return try #require(Int(text.split(separator: " ")[1]))
    }
}
