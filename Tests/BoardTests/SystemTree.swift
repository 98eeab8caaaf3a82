import Glibc
import Testing

/// A folder with files as the kernel has them below /proc and /sys.
final class SystemTree {
    let root: String

    init() throws {
        var template = "/tmp/minke-tree-XXXXXX".utf8.map { CChar($0) } + [0]
        try #require(mkdtemp(&template) != nil)
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { remove(root) }

    /// Writes `text` and a line's end to `path`; a reader sees the old or the new one.
    func write(_ path: String, _ text: String) throws {
        let parts = path.split(separator: "/")
        var folder = root
        for part in parts.dropLast() {
            folder += "/" + part
            mkdir(folder, 0o755)
        }
        let name = root + "/" + parts.joined(separator: "/")
        let file = try #require(fopen(name + ".new", "w"))
        fputs(text + "\n", file)
        fclose(file)
        try #require(rename(name + ".new", name) == 0)
    }

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

    private func remove(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            closedir(folder)
        }
        _ = Glibc.remove(path)
    }
}
