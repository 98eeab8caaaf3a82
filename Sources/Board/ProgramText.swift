import CLinux
import Memory

/// The program's own code and constants, which the kernel reads from its files when they are needed.
public enum ProgramText {
    /// Reads all of them and keeps them in memory from now on; returns the bytes for which it could. Blocks for as long
    /// as the disk takes.
    ///
    /// Pages of files are the first that a kernel short of memory takes, those of running programs too. Each is read
    /// from disk when it is needed again, and where a cgroup holds more than its `memory.high`, who reads it sleeps for
    /// up to two seconds: those threads too that would give memory back, by code that may not have been used before.
    /// What the limit on locked memory (`LimitMEMLOCK=`) forbids is left as it was.
    @discardableResult public static func pin() -> Int {
        mappings(SmallFile.read("/proc/self/maps") ?? "").reduce(0) { total, mapping in
            cl_keep_pages(mapping.lowerBound, mapping.count) == 0 ? total + mapping.count : total
        }
    }

    /// The addresses of what is mapped from files, code first (proc_pid_maps(5)). Weights are never mapped.
    static func mappings(_ maps: String) -> [Range<Int>] {
        let lines = maps.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 5) }
        let files = lines.filter { $0.count == 6 && $0[5].drop { $0 == " " }.hasPrefix("/") }
        return ["r-xp", "r--p", "rw-p"].flatMap { permissions in
            files.filter { $0[1] == permissions }.compactMap { line in
                let ends = line[0].split(separator: "-").compactMap { Int($0, radix: 16) }
                return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
            }
        }
    }
}
