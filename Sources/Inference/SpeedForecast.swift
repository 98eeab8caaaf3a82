import Checkpoint
import ExpertStore

/// How fast a model can decode at most: from its sizes, the memory it is given, and what memory and disk can do.
public struct SpeedForecast: Sendable, Equatable {
    /// Share of the uses of routed experts that are expected to find them in memory.
    public let hitRate: Double
    /// Bytes that a token is expected to read from disk.
    public let diskBytesPerToken: Double
    /// Tokens per second that memory allows.
    public let memoryLimit: Double
    /// Tokens per second that the disk allows; `nil` if nothing is read from it.
    public let diskLimit: Double?

    /// Tokens per second of the slower of both; disk and arithmetic work at the same time.
    public var tokensPerSecond: Double { min(memoryLimit, diskLimit ?? .infinity) }

    /// The forecast for `model` in memory as `plan` says; speeds in bytes per second.
    public init(
        _ model: BoundModel, _ configuration: ModelConfiguration, _ plan: MemoryPlan, memoryBandwidth: Double,
        diskBandwidth: Double
    ) {
        let active = configuration.experts?.numExpertsPerTok ?? 0
        let work = model.tokenWork(activeExperts: active)
        memoryLimit = memoryBandwidth / Double(max(1, work.byteCount))
        hitRate =
            plan.paging.map { ExpectedHitRate.estimate(slotCount: $0.slotCount, expertCount: $0.plan.expertCount) } ?? 1
        diskBytesPerToken =
            Double(work.routedByteCount) * (1 - hitRate) + Double(plan.streaming?.streamedByteCount ?? 0)
        diskLimit = diskBytesPerToken > 0 ? diskBandwidth / diskBytesPerToken : nil
    }
}
