import Glibc
import Server

/// Points in time as RFC 3339 writes them, in UTC.
enum Timestamp {
    /// The last second of the year 9999, which is the last that four digits can tell.
    private static let latest = 253_402_300_799

    /// Now, to the microsecond.
    static func now() -> String {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return text(seconds: time.tv_sec, microseconds: time.tv_nsec / 1000)
    }

    /// The time after so long.
    static func text(fromNow duration: Duration) -> String {
        text(seconds: WallClock.seconds + Int(clamping: duration.components.seconds))
    }

    /// Seconds since 1970.
    static func text(seconds: Int, microseconds: Int? = nil) -> String {
        let seconds = min(max(0, seconds), latest)
        let (year, month, day) = date(ofDay: seconds / 86400)
        let rest = seconds % 86400
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        text += "T\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))"
        if let microseconds { text += ".\(padded(microseconds, 6))" }
        return text + "Z"
    }

    /// The Gregorian date of a day counted from 1970-01-01 (Hinnant, chrono-Compatible Low-Level Date Algorithms):
    /// years begin in March, so that the leap day is their last.
    private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
