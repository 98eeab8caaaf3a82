import Scratch

/// A folder with files as the kernel has them below /proc and /sys.
final class SystemTree {
    private let folder: ScratchFolder
    var root: String { folder.path }

    init() throws { folder = try ScratchFolder() }

    /// Writes `text` and a line's end to `path`; a reader sees the old or the new one.
    func write(_ path: String, _ text: String) throws { try folder.write(text + "\n", to: path) }

    /// A zone with one passive trip point.
    func addZone(_ index: Int, _ name: String, degrees: Double, trips: [(kind: String, degrees: Double)]) throws {
        let zone = "sys/class/thermal/thermal_zone\(index)"
        try write(zone + "/type", name)
        try setDegrees(index, degrees)
        for (point, trip) in trips.enumerated() {
            try write(zone + "/trip_point_\(point)_type", trip.kind)
            try write(zone + "/trip_point_\(point)_temp", "\(Int(trip.degrees * 1000))")
        }
    }

    func setDegrees(_ index: Int, _ degrees: Double) throws {
        try write("sys/class/thermal/thermal_zone\(index)/temp", "\(Int(degrees * 1000))")
    }
}
