import Kernels

/// How long at least one of several things was going on.
struct BusyTime {
    private var runningCount = 0
    private var start = ContinuousClock.now
    private var total = 0.0

    /// One more begins.
    mutating func begin() {
        if runningCount == 0 { start = .now }
        runningCount += 1
    }

    /// One of them ends.
    mutating func end() {
        runningCount -= 1
        if runningCount == 0 { total += (ContinuousClock.now - start).seconds }
    }

    /// Seconds until now.
    var seconds: Double { total + (runningCount > 0 ? (ContinuousClock.now - start).seconds : 0) }
}
