import ExpertStore
import Inference
import JSON
import Kernels
import Memory

/// What `minke bench` found, beside what the machine allows.
struct BenchReport {
    let name: String
    let model: Model
    /// Bytes.
    let memoryBudget: Int
    let limits: MachineLimits
    /// What the disk can do; `nil` if nothing is read from it.
    let diskBytesPerSecond: Double?
    let result: SpeedTest

    /// Tokens per second if every weight were read once at the memory's full speed, and those that were not in memory
    /// at the disk's.
    private var decodeLimit: Double {
        // Of several sessions not even the weights that every token passes need be read more than once.
        let memoryLimit =
            Double(result.sessionCount) * limits.readBytesPerSecond / Double(model.tokenWork.byteCount)
        guard let diskBytesPerSecond, readBytesPerToken > 0 else { return memoryLimit }
        return min(memoryLimit, diskBytesPerSecond / readBytesPerToken)
    }

    private var readBytesPerToken: Double {
        guard let paging = result.decodePaging, !result.decodeSeconds.isEmpty else { return 0 }
        return Double(paging.readByteCount) / Double(result.decodedTokenCount)
    }

    /// Tokens per second of a prompt if every product were made at the processors' full speed.
    private var prefillLimit: Double {
        guard result.promptTokenCount > 0 else { return 0 }
        let perToken =
            Double(model.tokenWork.multiplicationCount)
            + Double(model.tokenWork.headMultiplicationCount) / Double(result.promptTokenCount)
        return limits.dotProductOperationsPerSecond / (2 * perToken)
    }

    var text: String {
        var lines: [String] = []
        func add(_ what: String, _ value: String) {
            lines.append(what + String(repeating: " ", count: max(1, 10 - what.count)) + value)
        }
        add("model", "\(name) (\(typeName)), \(model.compute.pool.threadCount) threads, \(InstructionSet.current)")
        if result.promptTokenCount > 0 {
            add(
                "prefill",
                "\(rounded(result.prefillRate)) tokens/s over \(result.promptTokenCount) tokens, "
                    + "\(percent(result.prefillRate / prefillLimit)) of what the processors allow")
        }
        if !result.decodeSeconds.isEmpty {
            add(
                "decode",
                "\(rounded(result.medianDecodeRate)) tokens/s (median of \(result.decodeSeconds.count)\(sessions); mean "
                    + "\(rounded(result.meanDecodeRate))), "
                    + "\(percent(result.medianDecodeRate / decodeLimit)) of what memory\(diskBytesPerSecond == nil ? "" : " and disk") allow"
            )
        }
        add(
            "machine",
            "memory \(rounded(limits.readBytesPerSecond / 1e9)) GB/s, "
                + "dot products \(rounded(limits.dotProductOperationsPerSecond / 1e9)) GOP/s")
        if let paging = result.decodePaging {
            if let paged = model.pagedExperts {
                add(
                    "experts",
                    "\(paged.slotCount) slots of \(rounded(Double(paged.slotByteCount) / 1e6)) MB, "
                        + "\(percent(paging.hitRate)) hits; read ahead \(percent(paging.aheadRecall)) of the others, "
                        + "\(percent(paging.aheadPrecision)) rightly")
            }
            add(
                "paging",
                "\(rounded(readBytesPerToken / 1e6)) MB/token, waited \(rounded(paging.stalledSeconds)) s of "
                    + "\(rounded(decodeSeconds)) s for the disk")
        }
        if let disk = model.disk, let diskBytesPerSecond {
            add(
                "disk",
                "\(rounded(diskBytesPerSecond / 1e6)) MB/s"
                    + (disk.isDirect ? "" : ", through the page cache: the file system has no direct reads"))
        }
        add(
            "memory",
            "\(SystemMemory.peakResidentByteCount() >> 20) MiB at most, budget \(memoryBudget >> 20) MiB; "
                + "a token reads \(model.tokenWork.byteCount / 1_000_000) MB of weights")
        return lines.joined(separator: "\n") + "\n"
    }

    private var sessions: String { result.sessionCount > 1 ? " passes, \(result.sessionCount) sessions" : "" }

    private var decodeSeconds: Double { result.decodeSeconds.reduce(0, +) }

    /// The same for scripts.
    var json: JSONObject {
        [
            "model": .string(name), "type": .string(typeName), "instruction_set": .string(InstructionSet.current),
            "threads": JSONValue(model.compute.pool.threadCount), "memory_budget": JSONValue(memoryBudget),
            "peak_rss": JSONValue(SystemMemory.peakResidentByteCount()),
            "prefill_tokens": JSONValue(result.promptTokenCount),
            "prefill_tokens_per_second": number(result.promptTokenCount > 0 ? result.prefillRate : nil),
            "prefill_fraction_of_limit": number(
                result.promptTokenCount > 0 ? result.prefillRate / prefillLimit : nil),
            "sessions": JSONValue(result.sessionCount), "decode_tokens": JSONValue(result.decodedTokenCount),
            "decode_tokens_per_second": number(result.decodeSeconds.isEmpty ? nil : result.medianDecodeRate),
            "decode_tokens_per_second_mean": number(result.decodeSeconds.isEmpty ? nil : result.meanDecodeRate),
            "bytes_touched_per_token": JSONValue(model.tokenWork.byteCount),
            "slots": JSONValue(model.pagedExperts?.slotCount ?? 0),
            "bytes_read_per_token": JSONValue(readBytesPerToken),
            "hit_rate": JSONValue(result.decodePaging?.hitRate ?? 1),
            "read_ahead": JSONValue(result.decodePaging?.aheadCount ?? 0),
            "read_ahead_precision": JSONValue(result.decodePaging?.aheadPrecision ?? 1),
            "read_ahead_recall": JSONValue(result.decodePaging?.aheadRecall ?? 0),
            "io_wait_seconds": JSONValue(result.decodePaging?.stalledSeconds ?? 0),
            "disk_bandwidth_while_reading": JSONValue(result.decodePaging?.diskBytesPerSecond ?? 0),
            "streamed_layers": JSONValue(model.layerRing?.layerCount ?? 0),
            "disk_bandwidth_measured": number(diskBytesPerSecond),
            "memory_bandwidth_measured": JSONValue(limits.readBytesPerSecond),
            "dot_product_rate_measured": JSONValue(limits.dotProductOperationsPerSecond),
            "limit_tokens_per_second": JSONValue(decodeLimit),
            "fraction_of_limit": number(
                result.decodeSeconds.isEmpty ? nil : result.medianDecodeRate / decodeLimit),
        ]
    }

    private var typeName: String { model.tokenWork.mainType?.name ?? "none" }

    private func number(_ value: Double?) -> JSONValue { value.map { JSONValue($0) } ?? .null }

    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private func percent(_ fraction: Double) -> String { "\(Int((fraction * 100).rounded())) %" }
}
