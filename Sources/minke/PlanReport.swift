import Checkpoint
import Inference
import JSON

/// What `minke plan` has found.
struct PlanReport {
    let name: String
    /// Bytes.
    let budget: Int
    let model: BoundModel
    let plan: MemoryPlan
    /// Bytes per second, measured.
    let memoryBandwidth, diskBandwidth: Double
    let forecast: SpeedForecast

    private var sum: Int { plan.residentByteCount + plan.chunk.byteCount + plan.context.byteCount + plan.slotByteCount }
    private var embeddingsOnDisk: Int {
        model.embedding.isReadByRow ? model.embedding.byteCount : 0
    }

    var text: String {
        var lines: [String] = []
        func add(_ what: String, _ byteCount: Int, _ about: String) {
            let size = "\((byteCount + 0xfffff) >> 20) MiB"
            lines.append(
                padded(what, 10) + String(repeating: " ", count: max(0, 10 - size.count)) + size + "  " + about)
        }
        lines.append(padded("model", 10) + name)
        let rows = embeddingsOnDisk > 0 ? " (\(embeddingsOnDisk >> 20) MiB of embeddings are read row by row)" : ""
        let weights = plan.paging == nil && plan.streaming == nil ? "all of them" : "that every token passes"
        add("weights", plan.residentByteCount, weights + rows)
        if let streaming = plan.streaming {
            add(
                "layers", streaming.ringByteCount,
                "\(streaming.layers.count) of \(model.layers.count) layers are read for every token, "
                    + "\(streaming.streamedByteCount >> 20) MiB")
        }
        if let (pages, slotCount) = plan.paging {
            add(
                "experts", pages.byteCount(slotCount: slotCount),
                "\(slotCount) slots for \(pages.expertCount) routed experts")
        }
        add("cache", plan.context.byteCount, "\(plan.context.tokens) tokens of context")
        add("scratch", plan.chunk.byteCount, "\(plan.chunk.tokens) tokens of a prompt at a time")
        add("sum", sum, "of \(budget >> 20) MiB")
        lines.append(
            padded("machine", 10)
                + "memory \(rounded(memoryBandwidth / 1e9)) GB/s, disk \(Int(diskBandwidth / 1e6)) MB/s (measured)")
        var speed = "at most \(rounded(forecast.tokensPerSecond)) tokens/s"
        if plan.paging != nil || plan.streaming != nil {
            speed +=
                ", with \(Int((forecast.hitRate * 100).rounded())) % of experts found in memory and "
                + "\(Int(forecast.diskBytesPerToken / 1e6)) MB read per token"
        }
        lines.append(padded("speed", 10) + speed)
        return lines.joined(separator: "\n") + "\n"
    }

    var json: JSONObject {
        [
            "model": .string(name), "memory_budget": JSONValue(budget), "bytes": JSONValue(sum),
            "resident_bytes": JSONValue(plan.residentByteCount), "embedding_bytes_on_disk": JSONValue(embeddingsOnDisk),
            "all_in_memory": JSONValue(plan.paging == nil && plan.streaming == nil),
            "streamed_layers": JSONValue(plan.streaming?.layers.count ?? 0),
            "slots": JSONValue(plan.paging?.slotCount ?? 0),
            "experts": JSONValue(model.routedExperts.reduce(0) { $0 + $1.experts.count }),
            "slot_bytes": JSONValue(plan.slotByteCount), "cache_bytes": JSONValue(plan.context.byteCount),
            "context_tokens": JSONValue(plan.context.tokens), "scratch_bytes": JSONValue(plan.chunk.byteCount),
            "prefill_chunk": JSONValue(plan.chunk.tokens), "memory_bandwidth_measured": JSONValue(memoryBandwidth),
            "disk_bandwidth_measured": JSONValue(diskBandwidth), "expected_hit_rate": JSONValue(forecast.hitRate),
            "expected_bytes_read_per_token": JSONValue(forecast.diskBytesPerToken),
            "limit_tokens_per_second": JSONValue(forecast.tokensPerSecond),
        ]
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
