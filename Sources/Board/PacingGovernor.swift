/// Decides which share of the time may be spent computing, so that the board stays below its trip points and a weak supply
/// is spared. Pure: it is told what was read and when.
///
/// A trip point has the kernel or the firmware slow the processors down in coarse steps, or switch the board off; idling
/// in time costs less. Ten degrees below it the pace begins to fall, proportionally, and is lowest at the trip point. It
/// falls at once and rises slowly: what was hot stays hot for a while.
public struct PacingGovernor: Sendable {
    /// A pace and why.
    public struct Pace: Sendable, Equatable {
        /// Share of the time.
        public var share: Double
        /// For people; empty at full pace.
        public var reason: String

        /// A pace.
        public init(share: Double, reason: String) {
            self.share = share
            self.reason = reason
        }

        /// All the time.
        public static let full = Pace(share: 1, reason: "")
    }

    /// Degrees below the trip point in which the pace falls.
    private static let band = 10.0
    /// The least pace: an answer gets on however hot it is.
    public static let leastShare = 0.1
    /// How fast the pace rises, a second.
    private static let rise = 0.05
    /// Half the time draws little enough for most supplies that fail at full load.
    private static let weakSupplyShare = 0.5
    /// How long a supply counts as weak after its last alarm.
    private static let weakSupplyTime = Duration.seconds(60)

    private var share = 1.0
    private var reason = ""
    private var last: ContinuousClock.Instant?
    private var lastAlarm: ContinuousClock.Instant?

    /// Full pace.
    public init() {}

    /// The pace after `reading`.
    public mutating func pace(_ reading: BoardReading, now: ContinuousClock.Instant) -> Pace {
        let seconds = last.map { (now - $0) / .seconds(1) } ?? 0
        last = now
        if reading.isUnderVoltage { lastAlarm = now }
        let wanted = wanted(reading, now)
        if wanted.share <= share {
            share = wanted.share
        } else {
            share = min(wanted.share, share + seconds * Self.rise)
        }
        if !wanted.reason.isEmpty { reason = wanted.reason }
        if share >= 1 { reason = "" }
        return Pace(share: share, reason: reason)
    }

    /// What the reading alone asks for.
    private func wanted(_ reading: BoardReading, _ now: ContinuousClock.Instant) -> Pace {
        var pace = Pace.full
        if let zone = reading.hottest {
            let share = (zone.trip - zone.degrees) / Self.band
            if share < 1 {
                pace = Pace(
                    share: max(Self.leastShare, share),
                    reason: "\(zone.name) at \(Int(zone.degrees)) °C, throttled at \(Int(zone.trip)) °C")
            }
        }
        if let lastAlarm, now - lastAlarm < Self.weakSupplyTime, pace.share > Self.weakSupplyShare {
            pace = Pace(share: Self.weakSupplyShare, reason: "the supply voltage is too low")
        }
        return pace
    }
}
