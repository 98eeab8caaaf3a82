import CLinux
import Glibc
import Memory

/// The fast processors of a machine that has two kinds (big.LITTLE), or all of a machine that has one.
///
/// A fork/join waits for its slowest thread, and decoding is bound by memory, which the fast cores alone can
/// saturate: slow cores beside them cost more than they add.
public struct PerformanceCores: Sendable, Equatable {
    /// Their numbers, in order.
    public let processors: [Int]
    /// The numbers of all processors this process may run on, these and slower ones.
    public let allowed: [Int]

    /// Whether there are slower ones.
    public var hasSlowerCores: Bool { processors.count < allowed.count }

    /// How many threads an engine starts unless it is told.
    public var count: Int { max(1, processors.count) }

    /// The processors this process may run on, read once: a thread that was restricted since would see fewer.
    public static let ofThisMachine = PerformanceCores(among: allowedProcessors())

    /// Chooses among `allowed` by the capacities in /sys (arm64; there are none on x86), relative to the fastest of
    /// all processors = 1024.
    ///
    /// A core counts if it has two thirds of the best allowed one's capacity: of a RK3588 the A76 (1024) without
    /// the A55 (397–530), but the middle cores (about 800) of a three-cluster chip.
    public init(among allowed: [Int], sysfsRoot: String = "/sys/devices/system/cpu") {
        self.allowed = allowed
        let capacities = allowed.compactMap { processor in
            SmallFile.read("\(sysfsRoot)/cpu\(processor)/cpu_capacity").flatMap {
                Int($0.prefix { $0.isWholeNumber })
            }
        }
        // One unknown capacity: nothing can be compared.
        guard capacities.count == allowed.count, let best = capacities.max() else {
            processors = allowed
            return
        }
        processors = zip(allowed, capacities).filter { $0.1 * 3 >= best * 2 }.map(\.0)
    }

    /// The numbers of the processors the calling thread may run on; all that are online if the kernel does not say.
    static func allowedProcessors() -> [Int] {
        var words = [UInt64](repeating: 0, count: 128)
        let count = unsafe cl_thread_processors(&words, words.count)
        guard count > 0 else { return Array(0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
        return (0..<Int(count) * 64).filter { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
    }

    /// Keeps a thread on some processors; one that has gone offline since is no reason to fail.
    static func restrict(_ thread: pthread_t, to processors: [Int]) {
        var words = [UInt64](repeating: 0, count: (processors.max() ?? 0) / 64 + 1)
        for processor in processors { words[processor / 64] |= 1 << UInt64(processor % 64) }
        _ = unsafe cl_set_thread_processors(thread, words, words.count)
    }
}
