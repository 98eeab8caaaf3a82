import Glibc
import Scratch
import Testing

@testable import Kernels

@Suite struct PerformanceCoresTests {
    /// The cores of a machine whose /sys/devices/system/cpu has a file `cpuN/cpu_capacity` for each pair.
    static func cores(_ capacities: [(processor: Int, capacity: Int)], among allowed: [Int]) throws -> PerformanceCores
    {
        let folder = try ScratchFolder()
        for (processor, capacity) in capacities {
            try folder.write("\(capacity)\n", to: "cpu\(processor)/cpu_capacity")
        }
        return withExtendedLifetime(folder) { PerformanceCores(among: allowed, sysfsRoot: folder.path) }
    }

    static func cores(_ capacities: [Int], among allowed: [Int]? = nil) throws -> PerformanceCores {
        try cores(
            capacities.enumerated().map { ($0.offset, $0.element) }, among: allowed ?? Array(capacities.indices))
    }

    /// Capacities as boards report them, and the cores that compute.
    @Test(arguments: [
        ([1024, 1024, 1024, 1024], [0, 1, 2, 3]),  // Raspberry Pi 5
        ([530, 530, 530, 530, 1024, 1024, 1024, 1024], [4, 5, 6, 7]),  // RK3588 without frequencies
        ([414, 414, 414, 414, 1024, 1024, 991, 991], [4, 5, 6, 7]),  // RK3588 with
        ([397, 397, 397, 397, 1024, 1024], [4, 5]),  // RK3399
        ([511, 511, 1024, 1024, 1024, 1024], [2, 3, 4, 5]),  // S922X
        ([250, 250, 250, 250, 800, 800, 800, 1024], [4, 5, 6, 7]),  // three clusters
        ([1024], [0]),
    ]) func choosesTheFastOnes(capacities: [Int], expected: [Int]) throws {
        let cores = try Self.cores(capacities)
        #expect(cores.processors == expected)
        #expect(cores.count == expected.count)
        #expect(cores.allowed == Array(capacities.indices))
        #expect(cores.hasSlowerCores == (expected.count < capacities.count))
    }

    @Test func comparesOnlyWhatIsAllowed() throws {
        let board = [414, 414, 414, 414, 1024, 1024, 1024, 1024]
        #expect(try Self.cores(board, among: [2, 3, 5]).processors == [5])
        let slow = try Self.cores(board, among: [0, 1])
        #expect(slow.processors == [0, 1])
        #expect(!slow.hasSlowerCores)
    }

    @Test func takesAllIfTheKernelDoesNotSay() throws {
        let none = try Self.cores([], among: [0, 1, 6])
        #expect(none.processors == [0, 1, 6])
        #expect(!none.hasSlowerCores)
        let partly = try Self.cores([414, 1024], among: [0, 1, 2])
        #expect(partly.processors == [0, 1, 2])
        #expect(try Self.cores([], among: []).count == 1)
    }

    @Test func readsThisMachine() {
        let allowed = PerformanceCores.allowedProcessors()
        #expect(!allowed.isEmpty && allowed == allowed.sorted())
        #expect(allowed.count <= sysconf(Int32(_SC_NPROCESSORS_CONF)))
        #expect(PerformanceCores.ofThisMachine.count <= max(1, allowed.count))
    }
}
