import Checkpoint
import Kernels
import Memory

/// How much memory paging needs, before anything is read.
public struct PagingPlan: Sendable, Equatable {
    /// Bytes of a slot: the largest expert's.
    public let slotByteCount: Int
    /// Bytes in which a thread rearranges a matrix.
    public let stagingByteCount: Int
    /// Bytes of the factors of FP8 blocks, which stay in memory.
    public let scaleByteCount: Int
    /// Slots with which the model can be computed at all.
    public let minimumSlotCount: Int
    /// Routed experts of all layers.
    public let expertCount: Int

    /// Slots that let reads overlap with each other and with computing.
    private static let usefulSlotCount = 8

    /// The plan for `model`, whose tokens use `activeExperts` experts per layer; `nil` if it has no routed experts.
    public init?(_ model: BoundModel, precision: Precision, activeExperts: Int) {
        var (slot, staging, scales, count) = (0, 0, 0, 0)
        for layer in model.routedExperts {
            for (expert, network) in layer.experts.enumerated() {
                let record = ExpertRecord(
                    ExpertKey(layer: layer.layer, expert: expert), network, precision, scales: [nil, nil, nil])
                slot = max(slot, record.record.byteCount)
                staging = max(staging, record.record.stagingByteCount)
                for tensor in network.parts {
                    scales += tensor.memoryByteCount - tensor.byteCount
                }
                count += 1
            }
        }
        guard count > 0 else { return nil }
        slotByteCount = SlotPool.rounded(slot)
        stagingByteCount = SlotPool.rounded(staging)
        scaleByteCount = scales
        minimumSlotCount = min(count, min(Self.usefulSlotCount, max(1, activeExperts)))
        expertCount = count
    }

    /// Bytes that paging with `slotCount` slots takes.
    public func byteCount(slotCount: Int) -> Int {
        slotCount * slotByteCount + DiskReader.threadCount * stagingByteCount + scaleByteCount
    }
}
