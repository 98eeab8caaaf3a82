import Inference
import JSON
import Server

/// Turns the lines of a streamed chat completion back into the engine's events.
struct ChunkDecoder {
    /// Whether the stream has ended as it should.
    private(set) var isDone = false
    private var finishReason = FinishReason.stop
    private var timings: JSONValue?
    private var usage: JSONValue?

    /// The events of one line; none for comments and empty lines.
    mutating func decode(_ line: String) throws -> [GenerationEvent] {
        guard line.hasPrefix("data:") else { return [] }
        let data = line.dropFirst(5).drop { $0 == " " }
        if data == "[DONE]" {
            isDone = true
            return [.finished(summary)]
        }
        guard let chunk = try? JSONValue.parse(String(data)) else {
            throw CommandFailure("the daemon sent a chunk that is not JSON")
        }
        if let error = chunk["error"] { throw CommandFailure(daemon: error, status: 200) }
        if let progress = chunk["prompt_progress"], let processed = progress["processed"]?.intValue,
            let total = progress["total"]?.intValue
        {
            return [.prefill(processed: processed, total: total)]
        }
        timings = chunk["timings"] ?? timings
        usage = chunk["usage"] ?? usage
        guard let choice = chunk["choices"]?[0] else { return [] }
        if let reason = choice["finish_reason"]?.stringValue { finishReason = FinishReason(rawValue: reason) ?? .stop }
        if choice["delta"]?["role"] != nil { return [.admitted(promptTokenCount: 0, cachedTokenCount: 0)] }
        var parts: [AnswerPart] = []
        if let text = choice["delta"]?["reasoning_content"]?.stringValue, !text.isEmpty {
            parts.append(.reasoning(text))
        }
        if let text = choice["delta"]?["content"]?.stringValue, !text.isEmpty { parts.append(.content(text)) }
        return parts.isEmpty ? [] : [.answer(parts, [])]
    }

    private var summary: GenerationSummary {
        GenerationSummary(
            finishReason: finishReason, promptTokenCount: usage?["prompt_tokens"]?.intValue ?? 0,
            completionTokenCount: usage?["completion_tokens"]?.intValue ?? 0,
            prefillSeconds: (timings?["prompt_ms"]?.doubleValue ?? 0) / 1000,
            decodeSeconds: (timings?["predicted_ms"]?.doubleValue ?? 0) / 1000,
            paging: timings?["paging"].map(Self.paging))
    }

    private static func paging(_ counts: JSONValue) -> PagingReport {
        var paging = PagingReport()
        paging.hitCount = counts["hits"]?.intValue ?? 0
        paging.aheadHitCount = counts["read_ahead"]?.intValue ?? 0
        paging.missCount = counts["misses"]?.intValue ?? 0
        paging.wastedCount = counts["read_ahead_wasted"]?.intValue ?? 0
        paging.readByteCount = counts["bytes_read"]?.intValue ?? 0
        paging.stalledSeconds = (counts["stalled_ms"]?.doubleValue ?? 0) / 1000
        let rate = counts["disk_bytes_per_second"]?.doubleValue ?? 0
        paging.busySeconds = rate > 0 ? Double(paging.readByteCount) / rate : 0
        return paging
    }
}
