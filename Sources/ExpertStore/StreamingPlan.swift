import Checkpoint
import Kernels
import Memory

/// Which layers' weights do not stay in memory although every token needs them, and the memory that they pass through.
public struct StreamingPlan: Sendable, Equatable {
    /// The layers, ascending.
    public let layers: [Int]
    /// Bytes of a slot: the largest layer's.
    public let slotByteCount: Int
    /// Bytes in which a thread rearranges a matrix.
    public let stagingByteCount: Int
    /// Bytes of weights that are read from disk for every token.
    public let streamedByteCount: Int

    /// One layer computes while the next one is read.
    static let slotCount = 2

    /// Bytes of the slots.
    public var ringByteCount: Int { Self.slotCount * slotByteCount }

    /// Plans from the least that can be streamed to all layers, each one layer more. The layers are spread over the
    /// model, so that there is time to read one while others compute; the largest stay longest, because the slots are
    /// as large as the largest that does not.
    public static func candidates(_ model: BoundModel, precision: Precision) -> [StreamingPlan] {
        let records = model.layers.map { SlotRecord(streaming: $0, precision, scales: nil) }
        let order = records.indices.sorted { first, second in
            let (a, b) = (records[first].byteCount, records[second].byteCount)
            return a == b ? spread(first) < spread(second) : a < b
        }
        var layers: [Int] = []
        var (slot, staging, streamed) = (0, 0, 0)
        return order.map { layer in
            layers.append(layer)
            slot = max(slot, SlotPool.rounded(records[layer].byteCount))
            staging = max(staging, SlotPool.rounded(records[layer].stagingByteCount))
            streamed += model.layers[layer].matrices.reduce(0) { $0 + WeightLoader.byteCount(of: $1, precision) }
            return StreamingPlan(
                layers: layers.sorted(), slotByteCount: slot, stagingByteCount: staging, streamedByteCount: streamed)
        }
    }

    /// A number from 0 to 1 for each layer; those of the first few lie far apart, however many these are.
    private static func spread(_ layer: Int) -> Double {
        let value = Double(layer) * 0.618_033_988_75
        return value - value.rounded(.down)
    }
}

extension SlotRecord {
    /// The record of a layer's matrices.
    init(streaming layer: BoundLayer, _ precision: Precision, scales: [BlockScales?]?) {
        let matrices = layer.matrices
        self.init(
            matrices, precision, scales: scales ?? matrices.map { _ in nil }, names: matrices.map(\.entry.name))
    }
}
