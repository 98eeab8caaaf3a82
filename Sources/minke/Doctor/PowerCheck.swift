/// Whether the board has the power, the cooling and the clock that it was made for.
struct PowerCheck {
    let tree: KernelTree

    var findings: [Finding] { [underVoltage].compactMap { $0 } + temperatures + clocks }

    /// Raspberry Pi: the firmware's sensor; the alarm stays until it is read.
    private var underVoltage: Finding? {
        let sensor = tree.entries("/sys/class/hwmon", prefix: "hwmon").first { tree.text($0 + "/name") == "rpi_volt" }
        guard let alarm = sensor.flatMap({ tree.number($0 + "/in0_lcrit_alarm") }) else {
            guard tree.isRaspberryPi else { return nil }
            return Finding(.note, "power", "the kernel has no sensor for under-voltage (raspberrypi-hwmon)")
        }
        guard alarm != 0 else { return Finding(.good, "power", "no under-voltage") }
        return Finding(
            .problem, "power", "under-voltage: the board slows down, and may lose data",
            do: "use the official power supply (Raspberry Pi 5: 5 V, 5 A) and a short cable; take power-hungry USB "
                + "devices off")
    }

    private var temperatures: [Finding] {
        tree.entries("/sys/class/thermal", prefix: "thermal_zone").compactMap { zone in
            guard let temperature = tree.number(zone + "/temp"), (-40_000...200_000).contains(temperature) else {
                return nil
            }
            let name = tree.text(zone + "/type") ?? zone
            let degrees = "\(name): \(temperature / 1000) °C"
            guard let trip = passiveTrip(zone) else { return Finding(.note, "heat", degrees) }
            let text = degrees + ", the kernel slows down at \(trip / 1000) °C"
            guard temperature >= trip - 5000 else { return Finding(.good, "heat", text) }
            return Finding(.warning, "heat", text, do: "give the board a heat sink or a fan, or a cooler place")
        }
    }

    /// The lowest temperature at which the kernel slows processors down; some zones have trips of 0 that mean nothing.
    private func passiveTrip(_ zone: String) -> Int? {
        tree.entries(zone, prefix: "trip_point_").filter { $0.hasSuffix("_type") && tree.text($0) == "passive" }
            .compactMap { tree.number($0.dropLast("type".count) + "temp") }
            .filter { (30_000...150_000).contains($0) }.min()
    }

    private var clocks: [Finding] {
        let policies = tree.entries("/sys/devices/system/cpu/cpufreq", prefix: "policy")
        guard !policies.isEmpty else {
            return [Finding(.note, "clock", "the kernel does not tell how processors are clocked")]
        }
        return policies.flatMap { policy -> [Finding] in
            let name = policy.split(separator: "/").last.map { String($0) } ?? policy
            let governor = tree.text(policy + "/scaling_governor") ?? "unknown"
            var findings: [Finding] = []
            if governor == "powersave", tree.text(policy + "/scaling_driver")?.hasPrefix("intel_pstate") != true {
                findings.append(
                    Finding(
                        .warning, "clock", "\(name): the governor 'powersave' keeps the lowest clock",
                        do: "echo ondemand | sudo tee \(policy)/scaling_governor"))
            }
            if let limit = tree.number(policy + "/scaling_max_freq"),
                let maximum = tree.number(policy + "/cpuinfo_max_freq"), limit < maximum
            {
                findings.append(
                    Finding(
                        .warning, "clock", "\(name): capped at \(limit / 1000) of \(maximum / 1000) MHz",
                        do: "find out who set \(policy)/scaling_max_freq: heat, or a setting to save power"))
            }
            return findings.isEmpty
                ? [Finding(.good, "clock", "\(name): governor '\(governor)', not capped")] : findings
        }
    }
}

extension Substring {
    fileprivate static func + (left: Substring, right: String) -> String { String(left) + right }
}
