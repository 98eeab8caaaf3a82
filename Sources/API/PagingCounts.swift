import Inference
import JSON

extension PagingReport {
    /// What was read from disk, and how often that was not needed.
    var totals: JSONValue {
        [
            "hits": JSONValue(hitCount), "read_ahead": JSONValue(aheadHitCount), "misses": JSONValue(missCount),
            "hit_rate": JSONValue(Self.rounded(hitRate)), "read_ahead_wasted": JSONValue(wastedCount),
            "bytes_read": JSONValue(readByteCount), "reads_repeated": JSONValue(repeatedReadCount),
            "stalled_ms": JSONValue(Self.rounded(stalledSeconds * 1000)),
            "disk_bytes_per_second": JSONValue(Self.rounded(diskBytesPerSecond)),
        ]
    }

    /// The same for the log line.
    var note: String {
        "hit_rate=\(Self.rounded(hitRate)) read_mb=\(readByteCount / 1_000_000) stalled_ms=\(Int(stalledSeconds * 1000))"
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
