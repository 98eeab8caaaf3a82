/// Whether memory can be capped, watched and swapped as it should be.
struct MemoryCheck {
    let tree: KernelTree

    var findings: [Finding] { [controlGroup, pressure] + swaps + [hugePages] }

    private var controlGroup: Finding {
        let subject = "memory cgroup"
        let isUnified = tree.text("/sys/fs/cgroup/cgroup.controllers").map {
            $0.split(separator: " ").contains("memory")
        }
        let isListed = tree.lines("/proc/cgroups").contains { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            return fields.count == 4 && fields[0] == "memory" && fields[3] == "1"
        }
        if isUnified ?? isListed {
            return Finding(.good, subject, "the kernel can cap the daemon's memory (MemoryMax=, MemoryHigh=)")
        }
        return Finding(
            .warning, subject, "is off: MemoryMax= and MemoryHigh= of the unit have no effect",
            do: tree.adviceToBoot(with: "cgroup_enable=memory"))
    }

    private var pressure: Finding {
        let subject = "memory pressure"
        guard tree.text("/proc/pressure/memory") == nil else {
            return Finding(.good, subject, "the kernel reports it (PSI)")
        }
        return Finding(
            .note, subject,
            "the kernel does not report it (PSI is off): free memory is looked at instead, which is slower",
            do: tree.adviceToBoot(with: "psi=1"))
    }

    private var swaps: [Finding] {
        let swaps = tree.lines("/proc/swaps").dropFirst().compactMap { $0.split(whereSeparator: \.isWhitespace).first }
        guard !swaps.isEmpty else { return [Finding(.good, "swap", "there is none; weights are not swapped")] }
        return swaps.map { name in
            let device = name.hasPrefix("/dev/") ? String(name) : self.device(of: String(name))
            if device.hasPrefix("/dev/zram") {
                return Finding(.good, "swap", "\(name) is in compressed memory")
            }
            guard device.hasPrefix("/dev/mmcblk") else {
                return Finding(.note, "swap", "\(name) is on \(device)")
            }
            return Finding(
                .warning, "swap", "\(name) is on the SD card or eMMC (\(device)): slow, and it wears the card out",
                do: "swap to compressed memory instead: install zram-tools and take '\(name)' out of use with "
                    + "'sudo swapoff \(name)' and out of /etc/fstab or dphys-swapfile")
        }
    }

    /// The device under the file at `path`.
    private func device(of path: String) -> String {
        let mounts = tree.lines("/proc/mounts").compactMap { line -> (device: Substring, place: Substring)? in
            let fields = line.split(separator: " ")
            return fields.count > 2 ? (fields[0], fields[1]) : nil
        }
        let above = mounts.filter { $0.place == "/" || path == $0.place || path.hasPrefix($0.place + "/") }
        // Of several mounts at one place the last one is seen.
        return above.reduce(nil as (device: Substring, place: Substring)?) { best, mount in
            mount.place.count >= (best?.place.count ?? 0) ? mount : best
        }.map { String($0.device) } ?? "an unknown device"
    }

    private var hugePages: Finding {
        let subject = "huge pages"
        guard let setting = tree.text("/sys/kernel/mm/transparent_hugepage/enabled") else {
            return Finding(.note, subject, "the kernel has none: products of matrices are a little slower")
        }
        guard setting.contains("[never]") else {
            return Finding(.good, subject, "are given to those who ask (\(setting))")
        }
        return Finding(
            .warning, subject, "are off: products of matrices are slower",
            do: "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled")
    }
}
