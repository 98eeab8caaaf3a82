/// Judges whether reading ahead is worth the disk's time and the slots.
///
/// It can hide at most the time in which the disk would be idle, and wastes as large a part of what it reads as errs.
struct ForecastGauge {
    /// Share of forecasts that came true, recent ones counting more.
    private(set) var precision = initialPrecision
    /// Share of the time in which nobody waits for the disk, recent layers counting more.
    private(set) var idleShare = 1.0
    /// Forecasts that are still to be left out.
    private var pause = 0

    private static let initialPrecision = 0.8
    /// What the latest forecast adds to the precision, and the latest layer to the idle share.
    private static let forecastWeight = 1.0 / 128, layerWeight = 1.0 / 256
    /// Below it more is spent on wrong reads than early ones gain.
    private static let leastPrecision = 0.4
    /// Forecasts that are left out until they are tried again.
    private static let pauseLength = 4096

    /// Whether to read ahead now.
    var isWorthwhile: Bool { pause == 0 && idleShare > 1 - precision }

    /// Takes note of a forecast that was left out because it was not worthwhile.
    mutating func skip() { pause = max(0, pause - 1) }

    /// Takes note of a forecast that came true or did not.
    mutating func add(_ cameTrue: Bool) {
        precision += ((cameTrue ? 1 : 0) - precision) * Self.forecastWeight
        if precision < Self.leastPrecision {
            precision = Self.initialPrecision
            pause = Self.pauseLength
        }
    }

    /// Takes note of a layer that took `seconds`, `stalledSeconds` of them waiting for the disk.
    mutating func add(layerSeconds seconds: Double, stalledSeconds: Double) {
        guard seconds > 0 else { return }
        idleShare += (max(0, 1 - stalledSeconds / seconds) - idleShare) * Self.layerWeight
    }
}
