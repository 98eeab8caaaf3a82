import Memory

/// Temperatures and limits of the processors as the kernel tells them below `/sys`, found once and read often.
public struct ThermalSensors: Sendable {
    /// A place where it gets hot.
    struct Zone: Sendable, Equatable {
        let name: String
        let path: String
        /// Where the kernel itself begins to slow the processors down, or what we take for it.
        let trip: Double
    }

    let zones: [Zone]
    private let frequencyFolders: [String]
    /// Alarms of the supply voltage.
    private let alarmPaths: [String]

    /// Boards without passive trip points throttle here: the firmware of a Raspberry Pi does.
    private static let usualTrip = 80.0
    /// A critical trip point switches the board off: keep well away.
    private static let criticalDistance = 15.0
    /// Words in the names of zones that heat up with computing.
    private static let processorWords = ["cpu", "soc", "core", "package", "pkg", "cluster", "gpu", "npu", "center"]

    /// Looks for sensors below `root`, the folder of `/sys`. `limit` replaces all trip points.
    public init(root: String = "", limit: Double? = nil) {
        let thermal = root + "/sys/class/thermal"
        let all = Folder.names(in: thermal).filter { $0.hasPrefix("thermal_zone") }.sorted()
            .compactMap { Self.zone(thermal + "/" + $0, limit) }
        let hot = all.filter { zone in Self.processorWords.contains { zone.name.lowercased().contains($0) } }
        zones = hot.isEmpty ? all : hot
        let policies = root + "/sys/devices/system/cpu/cpufreq"
        frequencyFolders = Folder.names(in: policies).filter { $0.hasPrefix("policy") }.sorted()
            .map { policies + "/" + $0 }
        let monitors = root + "/sys/class/hwmon"
        alarmPaths = Folder.names(in: monitors).sorted().map { monitors + "/" + $0 }
            .filter { Self.text($0 + "/name") == "rpi_volt" }.map { $0 + "/in0_lcrit_alarm" }
    }

    /// Whether there is anything to read.
    public var isEmpty: Bool { zones.isEmpty && frequencyFolders.isEmpty && alarmPaths.isEmpty }

    /// What the sensors say now; those that do not answer are left out.
    public func read() -> BoardReading {
        var reading = BoardReading()
        for zone in zones {
            guard let value = Self.number(zone.path + "/temp") else { continue }
            // Sensors that are off answer 0 or absurd figures.
            let degrees = value / 1000
            if degrees > -40, degrees < 200 {
                reading.zones.append(BoardReading.Zone(name: zone.name, degrees: degrees, trip: zone.trip))
            }
        }
        for folder in frequencyFolders {
            guard let allowed = Self.number(folder + "/scaling_max_freq"),
                let most = Self.number(folder + "/cpuinfo_max_freq"), most > 0, allowed < most
            else { continue }
            let cap = BoardReading.Cap(megahertz: Int(allowed / 1000), ofMegahertz: Int(most / 1000))
            if reading.cap.map({ cap.share < $0.share }) ?? true { reading.cap = cap }
        }
        reading.isUnderVoltage = alarmPaths.contains { Self.number($0) == 1 }
        return reading
    }

    private static func zone(_ path: String, _ limit: Double?) -> Zone? {
        guard number(path + "/temp") != nil else { return nil }
        var (passive, critical) = ([Double](), [Double]())
        for name in Folder.names(in: path) where name.hasPrefix("trip_point_") && name.hasSuffix("_type") {
            let point = path + "/" + name.dropLast("type".count)
            guard let degrees = number(point + "temp").map({ $0 / 1000 }), degrees > 30, degrees < 200 else { continue }
            switch text(path + "/" + name) {
            case "passive", "hot": passive.append(degrees)
            case "critical": critical.append(degrees)
            default: break
            }
        }
        let standard = min(usualTrip, (critical.min() ?? .infinity) - criticalDistance)
        return Zone(name: text(path + "/type") ?? "zone", path: path, trip: limit ?? passive.min() ?? standard)
    }

    private static func text(_ path: String) -> String? {
        SmallFile.read(path).map { String($0.prefix { $0 != "\n" }) }
    }

    private static func number(_ path: String) -> Double? {
        text(path).flatMap { Int($0) }.map { Double($0) }
    }
}
