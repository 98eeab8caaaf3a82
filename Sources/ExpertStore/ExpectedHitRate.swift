/// How often an expert will be found in memory, before anything has run.
public enum ExpectedHitRate {
    /// Share of the experts that have slots, and the share of uses that hit with the engine's policy once the cache is
    /// warm: the topic stream of docs/paging.md (64 experts, 6 per token). Published traces of other models lie near
    /// it (a quarter cached: 40–80 % hits; 57 %: 74 %).
    private static let measured: [(cached: Double, hits: Double)] = [
        (0, 0), (0.02, 0.088), (0.04, 0.177), (0.08, 0.311), (0.12, 0.420), (0.20, 0.579), (0.25, 0.654),
        (0.30, 0.717), (0.40, 0.814), (0.50, 0.885), (0.60, 0.935), (0.75, 0.977), (0.90, 0.994), (1, 1),
    ]

    /// The share of uses that hit when `slotCount` of `expertCount` experts have slots.
    public static func estimate(slotCount: Int, expertCount: Int) -> Double {
        guard expertCount > 0 else { return 1 }
        let cached = min(1, Double(slotCount) / Double(expertCount))
        for (low, high) in zip(measured, measured.dropFirst()) where cached <= high.cached {
            let share = (cached - low.cached) / (high.cached - low.cached)
            return low.hits + share * (high.hits - low.hits)
        }
        return 1
    }
}
