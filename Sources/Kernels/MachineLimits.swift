import CKernels
import Glibc
import Memory
import Synchronization

/// What the machine can do at most: the speed of memory bounds decoding, that of dot products prefill.
public struct MachineLimits: Sendable, Equatable {
    /// Bytes read from memory per second by all threads.
    public var readBytesPerSecond: Double
    /// Multiplications and additions of bytes per second by all threads, in registers.
    public var dotProductOperationsPerSecond: Double

    /// A statement of both.
    public init(readBytesPerSecond: Double, dotProductOperationsPerSecond: Double) {
        self.readBytesPerSecond = readBytesPerSecond
        self.dotProductOperationsPerSecond = dotProductOperationsPerSecond
    }

    /// Bytes per second that all threads of `pool` read together: the median of the better of two ways of reading,
    /// with and without software prefetch. `byteCount` should be several times the largest cache.
    public static func measureReadBandwidth(
        pool: WorkerPool, byteCount: Int = 256 << 20, for duration: Duration = .milliseconds(600)
    ) throws -> Double {
        let watch = try BandwidthWatch(pool: pool, byteCount: byteCount)
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end { watch.sample() }
        return watch.bytesPerSecond
    }

    /// Multiplications and additions of bytes per second that all threads of `pool` do together, by the fastest
    /// instruction of the machine.
    public static func measureDotProductPeak(
        pool: WorkerPool, for duration: Duration = .milliseconds(300)
    ) -> Double {
        let probe = DotProductProbe.ofThisMachine[0]
        // A round of the slowest processor lasts a few nanoseconds: so many take about ten milliseconds.
        let rounds = 500_000
        var times: [Double] = []
        let end = ContinuousClock.now + duration
        repeat { times.append(probe.run(pool, rounds: rounds).seconds) } while ContinuousClock.now < end
        return Double(probe.operationsPerRound * rounds * pool.threadCount) / times.sorted()[times.count / 2]
    }
}

/// Measures the speed of memory in between other work: on a shared machine it changes from second to second.
public final class BandwidthWatch {
    private let probe: ReadProbe
    private let pool: WorkerPool
    private var times = [[Double]](repeating: [], count: ReadProbe.prefetchDistances.count)

    /// Takes first samples of `byteCount` bytes, several times the largest cache, with the threads of `pool`.
    public init(pool: WorkerPool, byteCount: Int = 256 << 20) throws {
        probe = try ReadProbe(byteCount: byteCount)
        self.pool = pool
        for _ in 0..<3 { sample() }
    }

    /// Reads everything once in each way, in turn; a few tens of milliseconds.
    public func sample() {
        for (way, ahead) in ReadProbe.prefetchDistances.enumerated() {
            times[way].append(probe.read(pool, ahead: ahead).seconds)
        }
    }

    /// Bytes per second of the best way, by the median of its samples.
    public var bytesPerSecond: Double {
        let medians = times.map { way in way.sorted()[way.count / 2] }
        return Double(probe.byteCount) / medians.reduce(.infinity, min)
    }
}

/// Memory to read as fast as possible.
@safe public final class ReadProbe: @unchecked Sendable {
    // Sendable: the bytes are written before anyone else sees the object; afterwards they are only read.
    private let bytes: AlignedBuffer
    /// Bytes that one reading takes in.
    public let byteCount: Int

    /// Distances in bytes at which software prefetch is tried; 0: none.
    public static let prefetchDistances = [0, 2048, 8192]

    fileprivate static let chunkBytes = 2 << 20
    private let checksum = Atomic<UInt64>(0)

    /// Allocates `byteCount` bytes, rounded up to whole chunks of 2 MiB, and touches them all.
    public convenience init(byteCount: Int) throws {
        let chunks = max(1, (byteCount + Self.chunkBytes - 1) / Self.chunkBytes)
        self.init(
            reading: try .create(byteCount: chunks * Self.chunkBytes) { bytes in
                unsafe bytes.withUnsafeMutableBytes { bytes in
                    _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 1)
                }
            })
    }

    /// Reads the given bytes, as far as they are whole chunks of 2 MiB.
    public init(reading bytes: AlignedBuffer) {
        self.bytes = bytes
        byteCount = bytes.byteCount / Self.chunkBytes * Self.chunkBytes
    }

    /// Reads all bytes once, in parallel, and tells how long it took. Chunks go to whichever thread is free.
    public func read(_ pool: WorkerPool, ahead: Int) -> Duration {
        ContinuousClock().measure {
            pool.run(byteCount / Self.chunkBytes) { chunk in
                let sum = unsafe ck_read_bytes(
                    bytes.pointer + chunk * Self.chunkBytes, Int64(Self.chunkBytes), Int64(ahead))
                checksum.wrappingAdd(sum, ordering: .relaxed)
            }
        }
    }
}

/// Dot products of bytes by one instruction, in registers.
@safe public struct DotProductProbe: @unchecked Sendable {
    // Sendable: points to constants of CKernels.
    private let probe: UnsafePointer<ck_dot_probe>
    /// The instruction.
    public var name: String { unsafe String(cString: probe.pointee.name) }
    /// Multiplications and additions in one round of one thread.
    public var operationsPerRound: Int { Int(unsafe probe.pointee.operations) }

    /// What this machine has, fastest first; never empty.
    public static let ofThisMachine: [DotProductProbe] = {
        var probes: [DotProductProbe] = []
        while let probe = unsafe ck_dot_probe(Int32(probes.count)) {
            unsafe probes.append(DotProductProbe(probe: probe))
        }
        return probes
    }()

    private init(probe: UnsafePointer<ck_dot_probe>) { unsafe self.probe = probe }

    /// Runs `rounds` rounds on every thread and tells how long it took.
    public func run(_ pool: WorkerPool, rounds: Int) -> Duration {
        // A quarter of the rounds each, so that a thread that begins late can leave some to the others.
        ContinuousClock().measure {
            pool.run(pool.threadCount * 4) { _ in _ = run(rounds: rounds / 4) }
        }
    }

    /// Runs `rounds` rounds on this thread and returns a checksum.
    @discardableResult public func run(rounds: Int) -> UInt64 {
        guard let run = unsafe probe.pointee.run else { return 0 }
        return run(Int64(rounds))
    }
}
