import Checkpoint
import ExpertStore
import Kernels
import Memory

/// What a budget is spent on: the weights that every token passes, intermediate results, experts, the cache.
public struct MemoryPlan {
    /// Bytes of the weights that stay in memory; those of the routed experts too, if they all do.
    public internal(set) var residentByteCount: Int
    /// Tokens of a prompt that pass through a layer together, and the bytes of their intermediate results.
    public let chunk: (tokens: Int, byteCount: Int)
    /// How routed experts are paged and with how many slots; `nil` if they all stay in memory.
    public let paging: (plan: PagingPlan, slotCount: Int)?
    /// Which layers' weights are read for every token; `nil` if all stay in memory.
    public internal(set) var streaming: StreamingPlan?
    /// Positions of the key-value cache that there is room for, no more than are wanted, and their bytes.
    public let context: (tokens: Int, byteCount: Int)

    /// Bytes in which a thread rearranges what it has read; 0 if all lies ready.
    var stagingByteCount: Int { max(paging?.plan.stagingByteCount ?? 0, streaming?.stagingByteCount ?? 0) }

    /// Bytes of slots for experts and layers, with the memory to rearrange what comes into them.
    public var slotByteCount: Int { Self.slotByteCount(paging, streaming) }

    private static func slotByteCount(
        _ paging: (plan: PagingPlan, slotCount: Int)?, _ streaming: StreamingPlan?
    ) -> Int {
        (paging.map { $0.plan.byteCount(slotCount: $0.slotCount) } ?? 0)
            + (streaming.map { $0.byteCount(beside: paging?.plan) } ?? 0)
    }

    /// Spends `available` bytes on `model`: everything in memory if that leaves room to compute, otherwise as many
    /// slots for experts as there is room for; if not even the weights that every token passes have room, as many of
    /// their layers stay in memory as can.
    ///
    /// Throws with the sum if not even the fewest slots have room.
    public init(
        _ model: BoundModel, _ configuration: ModelConfiguration, _ precision: Precision, threadCount: Int,
        available: Int
    ) throws(MemoryError) {
        let needs = MemoryNeeds(model, configuration, precision, threadCount: threadCount)
        if let plan = needs.whole(available) ?? needs.paged(available) ?? needs.streamed(available) {
            self = plan
        } else {
            throw MemoryError(.overBudget, needs.refusal(available))
        }
    }

    fileprivate init(
        _ needs: MemoryNeeds, resident: Int, chunk: (tokens: Int, byteCount: Int),
        paging: (plan: PagingPlan, slotCount: Int)? = nil, streaming: StreamingPlan? = nil, available: Int
    ) {
        residentByteCount = resident
        self.chunk = chunk
        self.paging = paging
        self.streaming = streaming
        context = needs.context(
            available - resident - chunk.byteCount - Self.slotByteCount(paging, streaming))
    }
}

/// What a model needs, in bytes, and the ways to make do with less.
private struct MemoryNeeds {
    private let scratch: ScratchPlan
    /// Weights that every token passes.
    private let resident: Int
    /// All weights.
    private let all: Int
    /// The cache that is wanted, and the least.
    private let cache, smallestCache: Int
    private let wantedContext: Int
    private let pages: PagingPlan?
    private let streams: () -> [StreamingPlan]

    /// Positions that the cache of a model should have room for.
    private static let wantedContextLength = 4096
    /// The part of a budget in which all layers do not fit that goes to intermediate results, and to the cache.
    private static let streamedShare = 8

    init(_ model: BoundModel, _ configuration: ModelConfiguration, _ precision: Precision, threadCount: Int) {
        scratch = ScratchPlan(configuration: configuration, threadCount: threadCount)
        let resident = model.residentTensors.reduce(0) {
            $0 + ($1.tensor.isReadByRow ? 0 : WeightLoader.byteCount(of: $1.tensor, precision))
        }
        self.resident = resident
        all = model.routedExperts.reduce(resident) { sum, layer in
            layer.experts.reduce(sum) { $0 + WeightLoader.byteCount(of: $1, precision) }
        }
        let wantedContext = min(Self.wantedContextLength, configuration.maxPositionEmbeddings)
        self.wantedContext = wantedContext
        func cache(_ positions: Int) -> Int {
            KVCache.byteCount(positions: positions, of: configuration, precision, threadCount: threadCount)
        }
        self.cache = cache(wantedContext)
        smallestCache = cache(min(KVCache.firstCapacity, wantedContext))
        pages = PagingPlan(
            model, precision: precision, activeExperts: configuration.experts?.numExpertsPerTok ?? 0)
        streams = { StreamingPlan.candidates(model, precision: precision) }
    }

    private var smallestChunk: (tokens: Int, byteCount: Int) { scratch.largestChunk(within: 0) }

    /// The context that has room in `rest` bytes.
    func context(_ rest: Int) -> (tokens: Int, byteCount: Int) {
        let tokens = min(wantedContext, max(0, rest) * wantedContext / max(1, cache))
        return (tokens, tokens * cache / max(1, wantedContext))
    }

    /// What is left to the cache of `rest` bytes.
    private func reserved(_ rest: Int) -> Int { min(max(rest / 4, smallestCache), cache) }

    /// Everything in memory.
    func whole(_ available: Int) -> MemoryPlan? {
        let rest = available - all
        guard smallestChunk.byteCount + reserved(rest) <= rest else { return nil }
        return MemoryPlan(self, resident: all, chunk: scratch.largestChunk(within: rest / 4), available: available)
    }

    /// Routed experts in slots.
    func paged(_ available: Int) -> MemoryPlan? {
        guard let pages else { return nil }
        let left = available - resident - pages.byteCount(slotCount: 0)
        var chunk = scratch.largestChunk(within: left / 4)
        var slotCount = (left - chunk.byteCount - reserved(left - chunk.byteCount)) / pages.slotByteCount
        if slotCount < pages.minimumSlotCount {
            // Slots come before long chunks and contexts.
            chunk = smallestChunk
            slotCount = min(
                pages.minimumSlotCount, (left - chunk.byteCount - smallestCache) / pages.slotByteCount)
        }
        guard slotCount >= pages.minimumSlotCount else { return nil }
        return MemoryPlan(
            self, resident: resident, chunk: chunk, paging: (pages, min(slotCount, pages.expertCount)),
            available: available)
    }

    /// Some layers' weights read for every token, routed experts in few slots: a layer in memory is used by every token,
    /// an expert is not.
    func streamed(_ available: Int) -> MemoryPlan? {
        let streams = streams()
        let share = max(0, available) / Self.streamedShare
        let chunk = scratch.largestChunk(within: share)
        return streamed(available, streams, chunk, cache: min(max(share, smallestCache), cache))
            ?? streamed(available, streams, smallestChunk, cache: smallestCache)
    }

    private func streamed(
        _ available: Int, _ streams: [StreamingPlan], _ chunk: (tokens: Int, byteCount: Int), cache: Int
    ) -> MemoryPlan? {
        let fixed = pages.map { $0.byteCount(slotCount: $0.minimumSlotCount) } ?? 0
        for stream in streams {
            let resident = resident - stream.streamedByteCount
            let rest =
                available - resident - stream.byteCount(beside: pages) - chunk.byteCount - cache - fixed
            guard rest >= 0 else { continue }
            let paging = pages.map { ($0, min($0.expertCount, $0.minimumSlotCount + rest / $0.slotByteCount)) }
            return MemoryPlan(
                self, resident: resident, chunk: chunk, paging: paging, streaming: stream, available: available)
        }
        return nil
    }

    /// Why nothing fits into `available` bytes, with the sum of the least that would do.
    func refusal(_ available: Int) -> String {
        func mebibytes(_ byteCount: Int) -> String { "\((byteCount + 0xfffff) >> 20) MiB" }
        let slots = pages.map { $0.byteCount(slotCount: $0.minimumSlotCount) } ?? 0
        let weights =
            streams().map { resident - $0.streamedByteCount + $0.byteCount(beside: pages) }.min().map {
                min($0, resident)
            } ?? resident
        let needed = weights + smallestChunk.byteCount + smallestCache + slots
        let experts = pages.map { ", \(mebibytes(slots)) for \($0.minimumSlotCount) experts at a time" } ?? ""
        return "the model needs \(mebibytes(needed)) at least (\(mebibytes(weights)) for the weights that every token "
            + "passes, \(mebibytes(smallestChunk.byteCount)) intermediate results, \(mebibytes(smallestCache)) "
            + "key-value cache\(experts)), \(mebibytes(max(0, available))) are left of the budget; give more with "
            + "--memory or choose a smaller model"
    }
}

extension StreamingPlan {
    /// Bytes that streaming takes beside paging, which has memory to rearrange what it has read too.
    fileprivate func byteCount(beside pages: PagingPlan?) -> Int {
        ringByteCount + DiskReader.threadCount * max(0, stagingByteCount - (pages?.stagingByteCount ?? 0))
    }
}
