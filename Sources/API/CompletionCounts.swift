import Inference
import JSON

extension GenerationSummary {
    /// OpenAI's `usage` object.
    var usage: JSONValue {
        [
            "prompt_tokens": JSONValue(promptTokenCount), "completion_tokens": JSONValue(completionTokenCount),
            "total_tokens": JSONValue(promptTokenCount + completionTokenCount),
            "prompt_tokens_details": ["cached_tokens": JSONValue(cachedTokenCount)],
        ]
    }

    /// llama.cpp's `timings` object; with what paging cost, if weights were paged.
    var timings: JSONValue {
        // Tokens known from earlier requests took no time.
        let processedCount = max(0, promptTokenCount - cachedTokenCount)
        var timings: JSONObject = [
            "cache_n": JSONValue(cachedTokenCount),
            "prompt_n": JSONValue(processedCount),
            "prompt_ms": JSONValue(Self.rounded(prefillSeconds * 1000)),
            "prompt_per_token_ms": JSONValue(Self.ratio(prefillSeconds * 1000, Double(processedCount))),
            "prompt_per_second": JSONValue(Self.ratio(Double(processedCount), prefillSeconds)),
            "predicted_n": JSONValue(completionTokenCount),
            "predicted_ms": JSONValue(Self.rounded(decodeSeconds * 1000)),
            "predicted_per_token_ms": JSONValue(Self.ratio(decodeSeconds * 1000, Double(completionTokenCount))),
            "predicted_per_second": JSONValue(Self.ratio(Double(completionTokenCount), decodeSeconds)),
        ]
        timings["paging"] = paging?.totals
        return .object(timings)
    }

    /// The counts for the log line; never a text.
    var note: String {
        (paging.map { $0.note + " " } ?? "")
            + "prompt=\(promptTokenCount) cached=\(cachedTokenCount) completion=\(completionTokenCount)"
            + " prefill_ms=\(Self.milliseconds(prefillSeconds))"
            + " decode_ms=\(Self.milliseconds(decodeSeconds)) finish=\(finishReason.rawValue)"
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        seconds >= 0 && seconds < 1e9 ? Int(seconds * 1000) : 0
    }

    private static func ratio(_ value: Double, _ by: Double) -> Double { by > 0 ? rounded(value / by) : 0 }

    /// Three decimals are enough for people and keep the numbers short.
    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
