import Memory

/// Tells memory pressure from what the kernel counts, where it does not tell by itself: little is available and pages come
/// back that had to be dropped, or the cgroup has reached its `memory.high`. Pure: it is told what was read and when.
public struct MemoryGauge: Sendable {
    /// What the kernel counts.
    public struct Reading: Sendable, Equatable {
        /// Bytes of RAM.
        public var total: Int
        /// Bytes that can be had without swapping.
        public var available: Int
        /// Pages read again soon after they were dropped, since the start of the machine.
        public var refaultCount: Int
        /// Times that the cgroup was slowed down or asked to give memory back.
        public var highCount: Int
        /// Whether the cgroup holds more than its `memory.high` without the pages of files that can be dropped: the kernel
        /// slows down whoever asks for more.
        public var isOverHigh = false

        /// A reading.
        public init(total: Int, available: Int, refaultCount: Int = 0, highCount: Int = 0) {
            self.total = total
            self.available = available
            self.refaultCount = refaultCount
            self.highCount = highCount
        }

        /// Reads `/proc/meminfo`, `/proc/vmstat` and the cgroup below `root`; `nil` if there is no `/proc/meminfo`.
        public static func read(root: String = "") -> Reading? {
            let memory = fields(root + "/proc/meminfo")
            guard let total = memory["MemTotal:"], let available = memory["MemAvailable:"] else { return nil }
            let counts = fields(root + "/proc/vmstat")
            let refaults = ["workingset_refault_file", "workingset_refault_anon", "workingset_refault"]
                .reduce(0) { $0 &+ (counts[$1] ?? 0) }
            let cgroup = (SmallFile.read(root + "/proc/self/cgroup") ?? "").split(separator: "\n")
                .first { $0.hasPrefix("0::") }.map { root + "/sys/fs/cgroup" + $0.dropFirst(3) }
            let events = cgroup.map { fields($0 + "/memory.events") } ?? [:]
            var reading = Reading(
                total: total.multipliedReportingOverflow(by: 1024).partialValue,
                available: available.multipliedReportingOverflow(by: 1024).partialValue, refaultCount: refaults,
                highCount: (events["high"] ?? 0) &+ (events["max"] ?? 0))
            if let cgroup, let high = number(cgroup + "/memory.high") {
                let counts = fields(cgroup + "/memory.stat")
                let droppable = max(0, (counts["file"] ?? 0) - (counts["unevictable"] ?? 0))
                reading.isOverHigh = (number(cgroup + "/memory.current") ?? 0) - droppable > high
            }
            return reading
        }

        /// The number that is a file's only line; `nil` for "max".
        private static func number(_ path: String) -> Int? {
            SmallFile.read(path).flatMap { Int($0.prefix { $0 != "\n" }) }
        }

        /// The first number behind every name.
        private static func fields(_ path: String) -> [Substring: Int] {
            var fields: [Substring: Int] = [:]
            for line in (SmallFile.read(path) ?? "").split(separator: "\n") {
                let parts = line.split(separator: " ", maxSplits: 2)
                if parts.count >= 2, let value = Int(parts[1]) { fields[parts[0]] = value }
            }
            return fields
        }
    }

    private var last: (reading: Reading, time: ContinuousClock.Instant)?

    /// Less than this part of the RAM is little.
    private static let littleShare = 16
    /// Less than this part is pressure if dropped pages come back.
    private static let refaultShare = 6
    /// Pages a second: 8 MiB of 4 KiB.
    private static let refaultRate = 2048.0

    private let countsLimitEvents: Bool

    /// A gauge that has seen nothing; `countsLimitEvents` says whether reaching a limit of the cgroup is pressure.
    public init(countsLimitEvents: Bool = true) { self.countsLimitEvents = countsLimitEvents }

    /// Whether `reading` says that memory is short.
    public mutating func isPressure(_ reading: Reading, now: ContinuousClock.Instant) -> Bool {
        defer { last = (reading, now) }
        if reading.isOverHigh || reading.available < reading.total / Self.littleShare { return true }
        guard let last, now > last.time else { return false }
        if countsLimitEvents, reading.highCount > last.reading.highCount { return true }
        let rate = Double(reading.refaultCount - last.reading.refaultCount) / ((now - last.time) / .seconds(1))
        return rate > Self.refaultRate && reading.available < reading.total / Self.refaultShare
    }
}
