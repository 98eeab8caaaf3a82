/// Judges by what came true whether reading ahead is worth the disk's time and the slots.
struct ForecastGauge {
    /// Share of forecasts that came true, recent ones counting more.
    private(set) var precision = initialPrecision
    /// Forecasts that are still to be left out.
    private var pause = 0

    private static let initialPrecision = 0.75
    /// What the latest forecast adds to the precision.
    private static let weight = 1.0 / 128
    /// Below it more is spent on wrong reads than early ones gain.
    private static let worthwhile = 0.4
    /// Forecasts that are left out until they are tried again.
    private static let pauseLength = 4096

    /// Whether to read ahead now.
    var isWorthwhile: Bool { pause == 0 }

    /// Takes note of a forecast that was left out because it was not worthwhile.
    mutating func skip() { pause -= 1 }

    /// Takes note of a forecast that came true or did not.
    mutating func add(_ cameTrue: Bool) {
        precision += ((cameTrue ? 1 : 0) - precision) * Self.weight
        if precision < Self.worthwhile {
            precision = Self.initialPrecision
            pause = Self.pauseLength
        }
    }
}
