import Kernels

/// How long layers take while few tokens pass, as when answers are generated, and how much of that is spent waiting for the disk.
struct LayerClock {
    /// As many answers as may be generated at a time.
    private static let fewTokens = 8
    private var last: (layer: Int, start: ContinuousClock.Instant, stalledSeconds: Double)?

    /// A layer asks for its experts; the time since the layer before did, if that was for the same token. Between tokens
    /// there may have been anything, such as a user who thinks.
    mutating func lap(
        _ demand: ExpertDemand, stalledSeconds: Double
    ) -> (seconds: Double, stalledSeconds: Double)? {
        let now = ContinuousClock.now
        let previous = last
        last = demand.tokenCount <= Self.fewTokens ? (demand.layer, now, stalledSeconds) : nil
        guard last != nil, let previous, previous.layer < demand.layer else { return nil }
        return ((now - previous.start).seconds, stalledSeconds - previous.stalledSeconds)
    }
}
