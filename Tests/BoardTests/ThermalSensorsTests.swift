import Testing

@testable import Board

/// What is read below /sys, and what is made of what is missing there.
@Suite struct ThermalSensorsTests {
    @Test func readsTripPointsOfProcessorsOnly() throws {
        let tree = try SystemTree()
        try tree.addZone(0, "soc-thermal", degrees: 61.5, trips: [("passive", 85), ("passive", 75), ("critical", 115)])
        try tree.addZone(1, "bigcore0-thermal", degrees: 70, trips: [("critical", 90)])
        try tree.addZone(2, "battery", degrees: 99, trips: [("passive", 40)])
        let sensors = ThermalSensors(root: tree.root)
        #expect(
            sensors.read().zones == [
                BoardReading.Zone(name: "soc-thermal", degrees: 61.5, trip: 75),
                BoardReading.Zone(name: "bigcore0-thermal", degrees: 70, trip: 75),
            ])
        #expect(sensors.read().hottest?.name == "bigcore0-thermal")
        #expect(ThermalSensors(root: tree.root, limit: 66).read().zones.map(\.trip) == [66, 66])
    }

    @Test func aRaspberryPiHasNoPassiveTripPoint() throws {
        let tree = try SystemTree()
        try tree.addZone(0, "cpu-thermal", degrees: 55, trips: [("critical", 110), ("active", 50)])
        #expect(ThermalSensors(root: tree.root).read().zones.map(\.trip) == [80])
    }

    @Test func leavesOutWhatMakesNoSense() throws {
        let tree = try SystemTree()
        try tree.addZone(0, "cpu-thermal", degrees: 50, trips: [("passive", -274)])
        let sensors = ThermalSensors(root: tree.root)
        #expect(sensors.read().zones.map(\.trip) == [80])
        for text in ["", "hot", "999999999", "-274000"] {
            try tree.write("sys/class/thermal/thermal_zone0/temp", text)
            #expect(sensors.read().zones.isEmpty, "\(text)")
        }
        #expect(ThermalSensors(root: tree.root + "/nothing").isEmpty)
    }

    @Test func readsCapsAndTheSupply() throws {
        let tree = try SystemTree()
        for (policy, (allowed, most)) in [(1800, 1800), (1200, 2400)].enumerated() {
            let folder = "sys/devices/system/cpu/cpufreq/policy\(policy * 4)"
            try tree.write(folder + "/scaling_max_freq", "\(allowed * 1000)")
            try tree.write(folder + "/cpuinfo_max_freq", "\(most * 1000)")
        }
        try tree.write("sys/class/hwmon/hwmon0/name", "cpu_thermal")
        try tree.write("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1")
        try tree.write("sys/class/hwmon/hwmon3/name", "rpi_volt")
        try tree.write("sys/class/hwmon/hwmon3/in0_lcrit_alarm", "0")
        let sensors = ThermalSensors(root: tree.root)
        #expect(sensors.read().cap == BoardReading.Cap(megahertz: 1200, ofMegahertz: 2400))
        #expect(!sensors.read().isUnderVoltage)
        try tree.write("sys/class/hwmon/hwmon3/in0_lcrit_alarm", "1")
        #expect(sensors.read().isUnderVoltage)
    }
}
