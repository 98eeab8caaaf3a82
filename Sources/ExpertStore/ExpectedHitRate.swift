/// How often an expert will be found in memory, before anything has run.
public enum ExpectedHitRate {
    /// Share of the experts that have slots, and the share of uses that hit, with the least recently used one evicted:
    /// the topic stream of docs/benchmarks.md (64 experts, 6 per token). Published traces of other models lie near it
    /// (a quarter cached: 40–80 % hits; 57 %: 74 %).
    private static let measured: [(cached: Double, hits: Double)] = [
        (0, 0), (0.10, 0.251), (0.15, 0.270), (0.20, 0.406), (0.25, 0.526), (0.38, 0.716), (0.50, 0.848),
        (0.60, 0.923), (0.75, 0.976), (0.90, 0.994), (1, 1),
    ]

    /// The share of uses that hit when `slotCount` of `expertCount` experts have slots and a token uses
    /// `usedPerToken` of them.
    public static func leastRecentlyUsed(slotCount: Int, expertCount: Int, usedPerToken: Int) -> Double {
        guard expertCount > 0 else { return 1 }
        // Below the experts of one token each is evicted before the next token can want it again.
        guard slotCount >= usedPerToken else { return 0 }
        let cached = min(1, Double(slotCount) / Double(expertCount))
        for (low, high) in zip(measured, measured.dropFirst()) where cached <= high.cached {
            let share = (cached - low.cached) / (high.cached - low.cached)
            return low.hits + share * (high.hits - low.hits)
        }
        return 1
    }
}
