/// How much of the expert cache may have memory: less with every sign of memory pressure, more again, slowly, once there
/// has been none for a while. Pure: it is told the time.
struct CacheAllowance {
    /// Share of the slots that may have memory.
    private(set) var share = 1.0
    /// Signs of pressure so far.
    private(set) var pressureCount = 0
    private var lastPressure: ContinuousClock.Instant?
    private var lastChange: ContinuousClock.Instant?
    /// Time without pressure after which the cache grows.
    private var calm = Self.firstCalm

    /// What a sign of pressure leaves.
    private static let remainder = 0.75
    /// Signs that come faster are the same one: what was given back takes a moment to show.
    private static let pressureInterval = Duration.seconds(1)
    private static let firstCalm = Duration.seconds(20)
    private static let longestCalm = Duration.seconds(320)
    private static let growth = 1.0 / 16
    private static let growthInterval = Duration.seconds(5)
    /// Smaller shares are nothing: the model then has the slots that it needs.
    private static let least = 1.0 / 64

    /// Others need memory.
    mutating func press(now: ContinuousClock.Instant) {
        pressureCount += 1
        let isNew = lastPressure.map { now - $0 >= Self.pressureInterval } ?? true
        // Growing has brought the pressure back: wait longer next time.
        if share < 1, let lastPressure, let lastChange, lastChange > lastPressure {
            calm = min(Self.longestCalm, calm * 2)
        }
        guard isNew else { return }
        lastPressure = now
        share *= Self.remainder
        if share < Self.least { share = 0 }
    }

    /// Of `total` slots those that may have memory now.
    mutating func slots(of total: Int, atLeast least: Int, now: ContinuousClock.Instant) -> Int {
        grow(now)
        return min(total, max(least, Int(Double(total) * share)))
    }

    private mutating func grow(_ now: ContinuousClock.Instant) {
        guard share < 1, let lastPressure, now - lastPressure >= calm else { return }
        if let lastChange, lastChange > lastPressure, now - lastChange < Self.growthInterval { return }
        lastChange = now
        share = min(1, share + Self.growth)
        if share == 1 { calm = Self.firstCalm }
    }
}
