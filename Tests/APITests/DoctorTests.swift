import Glibc
import Inference
import Memory
import Server
import Testing

@testable import minke

/// `minke doctor` on boards that are made up.
@Suite struct DoctorTests {
    private func find(_ subject: String, _ findings: [Finding]) throws -> Finding {
        try #require(findings.first { $0.subject == subject }, "nothing is said of \(subject)")
    }

    @Test func aRaspberryPiAsItIsSold() throws {
        let board = try KernelTreeFixture([
            "/proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
            "/proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t60\t1\nmemory\t0\t60\t0\n",
            "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io pids\n",
            "/proc/swaps": "Filename\t\tType\tSize\tUsed\tPriority\n/var/swap   file\t524272\t0\t-2\n",
            "/proc/mounts": "/dev/mmcblk0p2 / ext4 rw 0 0\n/dev/nvme0n1p1 /var/lib/minke ext4 rw 0 0\n",
            "/sys/kernel/mm/transparent_hugepage/enabled": "always madvise [never]\n",
        ])
        let findings = MemoryCheck(tree: board.tree).findings
        let cgroup = try find("memory cgroup", findings)
        #expect(cgroup.severity == .warning)
        #expect(
            cgroup.advice
                == "add 'cgroup_enable=memory' to the end of the one line in /boot/firmware/cmdline.txt and restart")
        let pressure = try find("memory pressure", findings)
        #expect(pressure.severity == .note && pressure.advice?.contains("'psi=1'") == true)
        let swap = try find("swap", findings)
        #expect(swap.severity == .warning && swap.text.contains("/dev/mmcblk0p2"))
        #expect(try find("huge pages", findings).severity == .warning)
    }

    @Test func aBoardThatIsSetUp() throws {
        let board = try KernelTreeFixture([
            "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
            "/proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
            "/proc/swaps": "Filename\t\tType\tSize\tUsed\tPriority\n/dev/zram0   partition\t524272\t0\t100\n",
            "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
        ])
        #expect(MemoryCheck(tree: board.tree).findings.allSatisfy { $0.severity == .good && $0.advice == nil })
    }

    /// A swap file is where its mount is, not where the root is.
    @Test func aSwapFileOnAnotherDisk() throws {
        let board = try KernelTreeFixture([
            "/proc/swaps": "Filename\t\tType\tSize\tUsed\tPriority\n/srv/swap   file\t524272\t0\t-2\n",
            "/proc/mounts": "/dev/mmcblk0p2 / ext4 rw 0 0\n/dev/nvme0n1p1 /srv ext4 rw 0 0\n",
        ])
        let swap = try find("swap", MemoryCheck(tree: board.tree).findings)
        #expect(swap.severity == .note && swap.text.contains("/dev/nvme0n1p1"))
    }

    @Test func underVoltageIsAProblemAndHeatAWarning() throws {
        let policy = "/sys/devices/system/cpu/cpufreq/policy0"
        let zone = "/sys/class/thermal/thermal_zone0"
        let board = try KernelTreeFixture([
            "/sys/class/hwmon/hwmon0/name": "nvme\n",
            "/sys/class/hwmon/hwmon2/name": "rpi_volt\n", "/sys/class/hwmon/hwmon2/in0_lcrit_alarm": "1\n",
            zone + "/type": "cpu-thermal\n", zone + "/temp": "82500\n",
            zone + "/trip_point_0_type": "critical\n", zone + "/trip_point_0_temp": "110000\n",
            zone + "/trip_point_1_type": "passive\n", zone + "/trip_point_1_temp": "85000\n",
            zone + "/trip_point_2_type": "passive\n", zone + "/trip_point_2_temp": "0\n",
            policy + "/scaling_governor": "powersave\n", policy + "/scaling_driver": "cpufreq-dt\n",
            policy + "/scaling_max_freq": "1500000\n", policy + "/cpuinfo_max_freq": "2400000\n",
        ])
        let findings = PowerCheck(tree: board.tree).findings
        #expect(try find("power", findings).severity == .problem)
        let heat = try find("heat", findings)
        #expect(heat.severity == .warning && heat.text == "cpu-thermal: 82 °C, the kernel slows down at 85 °C")
        let clocks = findings.filter { $0.subject == "clock" }
        #expect(clocks.count == 2 && clocks.allSatisfy { $0.severity == .warning })
        #expect(clocks.contains { $0.text.contains("1500 of 2400 MHz") })

        try board.write("/sys/class/hwmon/hwmon2/in0_lcrit_alarm", "0\n")
        try board.write(zone + "/temp", "51000\n")
        try board.write(policy + "/scaling_governor", "ondemand\n")
        try board.write(policy + "/scaling_max_freq", "2400000\n")
        #expect(PowerCheck(tree: board.tree).findings.allSatisfy { $0.severity == .good })
    }

    @Test func aMachineThatTellsNothing() throws {
        let board = try KernelTreeFixture([:])
        let findings = PowerCheck(tree: board.tree).findings + MemoryCheck(tree: board.tree).findings
        #expect(!findings.contains { $0.severity == .problem })
        #expect(PowerCheck(tree: board.tree).findings.map(\.subject) == ["clock"])
    }

    @Test func theProcessorAndItsKernels() throws {
        let board = try KernelTreeFixture([
            "/proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd evtstrm aes asimdhp asimddp\n"
        ])
        let good = try find("processor", ProcessorCheck(tree: board.tree, instructionSet: "dotprod").findings)
        #expect(good.severity == .good && good.text.hasSuffix("dotprod (the processor has asimd asimddp)"))
        let slow = try find("processor", ProcessorCheck(tree: board.tree, instructionSet: "generic").findings)
        #expect(slow.severity == .warning && slow.advice != nil)
    }

    @Test func socketsThatAnswerAreLeftOverOrAbsent() throws {
        let board = try KernelTreeFixture(["/file": "x"])
        func socket(_ name: String) throws -> Finding {
            try find("socket", AccessCheck(tree: board.tree, socketPath: board.path + name).findings)
        }
        #expect(try socket("/absent").severity == .note)
        #expect(try socket("/file").severity == .problem)
        let listening = try ListeningSocket(path: board.path + "/open")
        #expect(try socket("/open").severity == .good)
        listening.close()
        let lines = try find("GPIO", AccessCheck(tree: board.tree, socketPath: board.path + "/absent").findings)
        #expect(lines.severity == .note)
        for name in ["/open", "/open.lock"] { unlink(board.path + name) }
    }

    @Test func aDiskIsMeasuredAndOneThatIsNotThereIsAProblem() throws {
        let board = try KernelTreeFixture(["/large": String(repeating: "minke", count: 1 << 20)])
        let findings = DiskCheck(path: board.path + "/large").findings
        #expect(findings.map(\.subject) == ["O_DIRECT", "disk"])
        #expect(findings[1].text.contains("MB/s"))
        #expect(DiskCheck(path: board.path + "/absent").findings.map(\.severity) == [.problem])
    }

    @Test func modelsThatAreAbsentCorruptOrTooLarge() throws {
        let memory = SystemMemory(total: 4 << 30, available: 2 << 30)
        #expect(ModelCheck(models: [], memory: memory).findings.map(\.severity) == [.note, .note])
        let board = try KernelTreeFixture(["/broken.gguf": "GGUF and nothing else"])
        let broken = ModelSummary(name: "broken", path: board.path + "/broken.gguf", createdAt: 0, byteCount: 21)
        #expect(ModelCheck(models: [broken], memory: memory).findings.last?.severity == .problem)
    }

    @Test func problemsAloneMakeItFail() async throws {
        let alarm = "/sys/class/hwmon/hwmon0/in0_lcrit_alarm"
        let board = try KernelTreeFixture(["/sys/class/hwmon/hwmon0/name": "rpi_volt\n", alarm: "1\n"])
        let arguments = ["--skip-disk", "--root", board.path, "--json"]
        await #expect(throws: CommandFailure.self) { try await DoctorCommand.parse(arguments).run() }
        try board.write(alarm, "0\n")
        try await DoctorCommand.parse(arguments).run()
    }
}
