import Checkpoint
import Kernels
import Memory
import Synchronization

/// What the disk under a model's files can do at most.
public enum DiskProbe {
    /// Positions that are tried in a large model: more would only take memory.
    private static let maximumBlockCount = 1 << 16

    /// Bytes per second that several threads together take from `files`, past the page cache, in blocks of
    /// `blockByteCount` here and there, for about `duration`.
    ///
    /// Throws if the files cannot be read, or if there is no memory for a block per thread.
    public static func measure(
        _ files: [InputFile], blockByteCount: Int, for duration: Duration = .seconds(1)
    ) throws -> Double {
        let direct = try files.map { file throws(CheckpointError) in try DirectFile(file) }
        let block = SlotPool.rounded(max(blockByteCount, 1))
        var blocks: [(file: Int, offset: Int)] = []
        for (index, file) in files.enumerated() {
            for offset in stride(from: 0, through: file.byteCount - block, by: block) { blocks.append((index, offset)) }
        }
        // An order that no run has had before: a disk may have a cache of its own.
        blocks = Array(blocks.shuffled().prefix(maximumBlockCount))
        guard !blocks.isEmpty else { return 0 }
        let pool = WorkerPool(threadCount: DiskReader.threadCount)
        // Memory like the slots': what is being measured is the disk, not how fast the kernel finds pages.
        let slots = try SlotPool(
            slotCount: pool.threadCount, byteCount: block, budget: MemoryBudget(limit: .max))
        slots.touch()
        let next = Atomic(0)
        let total = Atomic(0)
        let failure = Mutex<(any Error)?>(nil)
        let clock = ContinuousClock()
        let start = clock.now
        pool.run(pool.threadCount) { [blocks] _ in
            do {
                while clock.now - start < duration {
                    let (file, offset) = blocks[next.wrappingAdd(1, ordering: .relaxed).oldValue % blocks.count]
                    _ = try slots.fill { bytes throws(CheckpointError) in
                        try direct[file].read(into: &bytes, byteCount: block, at: offset, field: "file")
                    }
                    total.wrappingAdd(block, ordering: .relaxed)
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return Double(total.load(ordering: .relaxed)) / (clock.now - start).seconds
    }
}
