import Checkpoint
import ExpertStore
import Kernels
import Memory

/// What a budget is spent on: the weights that every token passes, intermediate results, experts, the cache.
public struct MemoryPlan {
    /// Bytes of the weights that every token passes; those of the routed experts too, if they all stay in memory.
    public let residentByteCount: Int
    /// Tokens of a prompt that pass through a layer together, and the bytes of their intermediate results.
    public let chunk: (tokens: Int, byteCount: Int)
    /// How routed experts are paged and with how many slots; `nil` if they all stay in memory.
    public let paging: (plan: PagingPlan, slotCount: Int)?

    /// Positions of the key-value cache that there is room for, no more than are wanted, and their bytes.
    public let context: (tokens: Int, byteCount: Int)

    /// Positions that the cache of a model with paged experts should have room for.
    private static let wantedContextLength = 4096

    /// Spends `available` bytes on `model`: everything in memory if that leaves room to compute, otherwise as many
    /// slots for experts as there is room for.
    ///
    /// Throws with the sum if not even the fewest slots have room.
    public init(
        _ model: BoundModel, _ configuration: ModelConfiguration, _ precision: Precision, threadCount: Int,
        available: Int
    ) throws(MemoryError) {
        let scratch = ScratchPlan(configuration: configuration, threadCount: threadCount)
        let smallest = scratch.largestChunk(within: 0)
        let resident = model.residentTensors.reduce(0) {
            $0 + ($1.tensor.isReadByRow ? 0 : WeightLoader.byteCount(of: $1.tensor, precision))
        }
        let all = model.routedExperts.reduce(resident) { sum, layer in
            layer.experts.reduce(sum) { $0 + WeightLoader.byteCount(of: $1, precision) }
        }
        let cache = KVCache.byteCount(
            positions: min(Self.wantedContextLength, configuration.maxPositionEmbeddings), of: configuration, precision,
            threadCount: threadCount)
        let smallestCache = KVCache.byteCount(
            positions: min(KVCache.firstCapacity, configuration.maxPositionEmbeddings), of: configuration, precision,
            threadCount: threadCount)
        /// The context that has room in `rest` bytes.
        func context(_ rest: Int) -> (tokens: Int, byteCount: Int) {
            let most = min(Self.wantedContextLength, configuration.maxPositionEmbeddings)
            let tokens = min(most, max(0, rest) * most / max(1, cache))
            return (tokens, tokens * cache / max(1, most))
        }
        /// What is left to the cache of `rest` bytes.
        func reserved(_ rest: Int) -> Int { min(max(rest / 4, smallestCache), cache) }

        let rest = available - all
        let pages = PagingPlan(
            model, precision: precision, activeExperts: configuration.experts?.numExpertsPerTok ?? 0)
        guard let pages, smallest.byteCount + reserved(rest) > rest else {
            residentByteCount = all
            chunk = scratch.largestChunk(within: rest / 4)
            self.context = context(rest - chunk.byteCount)
            paging = nil
            return
        }
        let left = available - resident - pages.byteCount(slotCount: 0)
        var chunk = scratch.largestChunk(within: left / 4)
        var slotCount = (left - chunk.byteCount - reserved(left - chunk.byteCount)) / pages.slotByteCount
        if slotCount < pages.minimumSlotCount {
            // Slots come before long chunks and contexts.
            chunk = smallest
            slotCount = min(
                pages.minimumSlotCount, (left - chunk.byteCount - smallestCache) / pages.slotByteCount)
        }
        guard slotCount >= pages.minimumSlotCount else {
            throw MemoryError(
                .overBudget,
                Self.refusal(
                    resident: resident, scratch: smallest.byteCount, cache: smallestCache, pages, available: available))
        }
        residentByteCount = resident
        self.chunk = chunk
        slotCount = min(slotCount, pages.expertCount)
        self.context = context(left - chunk.byteCount - slotCount * pages.slotByteCount)
        paging = (pages, slotCount)
    }

    private static func refusal(
        resident: Int, scratch: Int, cache: Int, _ pages: PagingPlan, available: Int
    ) -> String {
        func mebibytes(_ byteCount: Int) -> String { "\((byteCount + 0xfffff) >> 20) MiB" }
        let slots = pages.byteCount(slotCount: pages.minimumSlotCount)
        let needed = resident + scratch + cache + slots
        return "the model needs \(mebibytes(needed)) at least (\(mebibytes(resident)) weights that every token passes, "
            + "\(mebibytes(scratch)) intermediate results, \(mebibytes(cache)) key-value cache, \(mebibytes(slots)) for "
            + "\(pages.minimumSlotCount) experts at a time), \(mebibytes(max(0, available))) are left of the budget; "
            + "give more with --memory or choose a smaller model"
    }
}
