import Glibc

/// What the kernel says about memory, in bytes.
public struct SystemMemory: Sendable, Equatable {
    /// All RAM.
    public var total: Int
    /// Memory that can be had without swapping.
    public var available: Int
    /// Limit of the process's cgroup (v2 or v1), if there is one.
    public var cgroupLimit: Int?

    /// Makes a statement by hand, for tests.
    public init(total: Int, available: Int, cgroupLimit: Int? = nil) {
        self.total = total
        self.available = available
        self.cgroupLimit = cgroupLimit
    }

    /// Left to the rest of the system and to what the budget does not count.
    static let reserve = 96 << 20

    /// The default budget: min(cgroup limit, ¾ of RAM, available − reserve).
    public var budget: Int {
        max(0, min(cgroupLimit.map { $0 - Self.reserve } ?? .max, total / 4 * 3, available - Self.reserve))
    }

    /// Reads /proc/meminfo and the cgroup files; unreadable ones count as no limit.
    public static func read() -> SystemMemory {
        let fields = meminfo(SmallFile.read("/proc/meminfo") ?? "")
        let total = fields["MemTotal"] ?? .max
        return SystemMemory(total: total, available: fields["MemAvailable"] ?? total, cgroupLimit: readCgroupLimit())
    }

    /// The most memory that this process has had at any time, or 0 if the kernel does not say.
    public static func peakResidentByteCount() -> Int {
        meminfo(SmallFile.read("/proc/self/status") ?? "")["VmHWM"] ?? 0
    }

    /// Parses `Name:   123 kB` lines into bytes.
    static func meminfo(_ text: String) -> [String: Int] {
        var fields: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2,
                let value = parts[1].split(whereSeparator: \.isWhitespace).first.flatMap({ Int($0) })
            else {
                continue
            }
            let (byteCount, overflow) = value.multipliedReportingOverflow(by: 1024)
            fields[String(parts[0])] = overflow ? .max : byteCount
        }
        return fields
    }

    private static func readCgroupLimit() -> Int? {
        var limits: [Int] = []
        for line in (SmallFile.read("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let (root, file): (String, String)
            if parts[1].isEmpty {
                (root, file) = ("/sys/fs/cgroup", "memory.max")
            } else if parts[1].split(separator: ",").contains("memory") {
                (root, file) = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            } else {
                continue
            }
            // A limit of any ancestor binds too. v1 writes "no limit" as a number near 2⁶³.
            var path = String(parts[2])
            while true {
                if let limit = SmallFile.read(root + path + "/" + file).flatMap({ Int($0.prefix { $0.isNumber }) }),
                    limit < 1 << 60
                {
                    limits.append(limit)
                }
                guard let slash = path.lastIndex(of: "/"), path != "/" else { break }
                path = String(path[..<slash])
            }
        }
        return limits.min()
    }
}
