import ArgumentParser
import CKernels
import JSON
import Kernels
import Memory

/// Relates the packed kernels to the speed of memory and of the dot-product instructions.
@main struct KernelBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernel-bench",
        abstract: "Measures the packed kernels beside the machine's limits (docs/benchmarks.md).")

    @Option(help: "Threads that compute. (default: one for each fast core)")
    var threads: Int?

    @Option(parsing: .upToNextOption, help: "Weight types, such as Q4_0 Q4_K. (default: all with integer kernels)")
    var types: [String] = []

    @Option(parsing: .upToNextOption, help: "Instruction sets, such as avx2 generic. (default: all of this machine)")
    var isa: [String] = []

    @Option(help: "Seconds for each measurement, spread over all rounds.")
    var seconds = 1.0

    @Option(help: "Rounds; each result is the median round's.")
    var rounds = 5

    @Option(help: "Memory to read and to fill with matrices; several times the largest cache.")
    var memory = "1G"

    @Option(help: "Rows of a matrix, a multiple of 16.")
    var rows = 2048

    @Option(help: "Columns of a matrix, a multiple of 256.")
    var columns = 2048

    @Option(help: "Tokens that prefill multiplies together: 1, 2, 4, 8 or 16.")
    var tile = 16

    @Flag(help: "Print one JSON object instead of tables.")
    var json = false

    func validate() throws {
        guard seconds > 0, rounds > 0, threads ?? 1 > 0 else {
            throw ValidationError("--seconds, --rounds and --threads must be above zero")
        }
        guard rows > 0, rows % 16 == 0, columns > 0, columns % 256 == 0 else {
            throw ValidationError("--rows must be a multiple of 16 and --columns of 256")
        }
        guard [1, 2, 4, 8, 16].contains(tile) else { throw ValidationError("--tile must be 1, 2, 4, 8 or 16") }
    }

    func run() throws {
        let threads = threads ?? PerformanceCores.ofThisMachine.count
        let memoryByteCount = try ByteSize(parsing: memory).byteCount
        let sets = try chosen(isa, from: instructionSets, name: \.self, what: "instruction set")
        let packable = WeightType.allCases.filter { ck_packed_bytes($0.rawValue, Int64(rows), Int64(columns)) > 0 }
        let types = try chosen(self.types, from: packable, name: \.name, what: "type with integer kernels")
        var report = Report(
            threads: threads, rows: rows, columns: columns, memoryByteCount: memoryByteCount, tileSize: tile,
            secondsPerMeasurement: seconds)
        let progress = Progress()
        let pools = (1...threads).map(WorkerPool.init(threadCount:))
        try measureMemory(pools, byteCount: memoryByteCount, into: &report, progress)
        measureDotProducts(pools, into: &report, progress)
        measureForkJoin(pools, into: &report, progress)
        for type in types {
            progress.show("packing \(type.name)")
            let matrices = try PackedSet(
                type: type, rows: rows, columns: columns, byteCount: memoryByteCount, tileSize: tile)
            measureKernels(matrices, sets: sets, pool: pools[threads - 1], into: &report, progress)
        }
        print(json ? report.json.serialized() : report.table)
    }

    /// Names of this machine's instruction sets, best first.
    private var instructionSets: [String] {
        var names: [String] = []
        while let name = ck_isa_name(Int32(names.count)) { names.append(String(cString: name)) }
        return names
    }

    private func chosen<Choice>(
        _ names: [String], from choices: [Choice], name: (Choice) -> String, what: String
    ) throws -> [Choice] {
        if names.isEmpty { return choices }
        return try names.map { wanted in
            guard let choice = choices.first(where: { name($0).lowercased() == wanted.lowercased() }) else {
                throw ValidationError("'\(wanted)' is no \(what) here; there are \(choices.map(name))")
            }
            return choice
        }
    }

    private func run(_ measurements: [Measurement], _ progress: Progress) {
        Measurement.run(measurements, rounds: rounds, seconds: seconds, progress: progress)
    }

    private func measureMemory(
        _ pools: [WorkerPool], byteCount: Int, into report: inout Report, _ progress: Progress
    ) throws {
        progress.show("touching memory")
        let probe = try ReadProbe(byteCount: byteCount)
        let variants = pools.flatMap { pool in ReadProbe.prefetchDistances.map { (pool: pool, ahead: $0) } }
        let measurements = variants.map { pool, ahead in
            Measurement("memory read, \(pool.threadCount) threads") { seconds in
                Measurement.rate(for: seconds) {
                    _ = probe.read(pool, ahead: ahead)
                    return Double(probe.byteCount)
                }
            }
        }
        run(measurements, progress)
        for (variant, measurement) in zip(variants, measurements) {
            report.memoryReads.append(
                .init(
                    threads: variant.pool.threadCount, prefetchBytes: variant.ahead, bytesPerSecond: measurement.rate))
        }
    }

    private func measureDotProducts(_ pools: [WorkerPool], into report: inout Report, _ progress: Progress) {
        let variants = DotProductProbe.ofThisMachine.flatMap { probe in pools.map { (probe: probe, pool: $0) } }
        let measurements = variants.map(dotProducts)
        run(measurements, progress)
        for (variant, measurement) in zip(variants, measurements) {
            report.dotProducts.append(
                .init(
                    instructions: variant.probe.name, threads: variant.pool.threadCount,
                    operationsPerSecond: measurement.rate))
        }
    }

    private func dotProducts(_ probe: DotProductProbe, _ pool: WorkerPool) -> Measurement {
        Measurement("\(probe.name), \(pool.threadCount) threads") { seconds in
            let rounds = 200_000
            return Measurement.rate(for: seconds) {
                _ = probe.run(pool, rounds: rounds)
                return Double(probe.operationsPerRound * rounds * pool.threadCount)
            }
        }
    }

    /// Jobs of one task a thread: empty ones, and ones whose tasks take 3.3 µs, like a small product's.
    private func measureForkJoin(_ pools: [WorkerPool], into report: inout Report, _ progress: Progress) {
        guard let probe = DotProductProbe.ofThisMachine.last else { return }
        let trial = (0..<20).map { _ in ContinuousClock().measure { probe.run(rounds: 10_000) }.seconds }
        let roundsPerSecond = 10_000 / trial.reduce(.infinity, min)
        progress.show("fork and join")
        for pool in pools.dropFirst() {
            for microseconds in [0, 3.3] {
                let rounds = Int(roundsPerSecond * microseconds * 1e-6)
                var times: [Double] = []
                let end = ContinuousClock.now + .seconds(seconds)
                while ContinuousClock.now < end || times.count < 100 {
                    let time = ContinuousClock().measure {
                        pool.run(pool.threadCount) { _ in if rounds > 0 { probe.run(rounds: rounds) } }
                    }
                    times.append(time.seconds * 1e6)
                }
                report.forkJoins.append(
                    .init(
                        threads: pool.threadCount, taskMicroseconds: microseconds,
                        medianMicroseconds: times.sorted()[times.count / 2]))
            }
        }
    }

    private func measureKernels(
        _ matrices: PackedSet, sets: [String], pool: WorkerPool, into report: inout Report, _ progress: Progress
    ) {
        let reader = ReadProbe(reading: matrices.storage)
        let reads = report.memoryReads.filter { $0.threads == pool.threadCount }
        let ahead = reads.max { $0.bytesPerSecond < $1.bytesPerSecond }?.prefetchBytes ?? 0
        let read = Measurement("memory read") { seconds in
            Measurement.rate(for: seconds) {
                _ = reader.read(pool, ahead: ahead)
                return Double(reader.byteCount)
            }
        }
        let dot = dotProducts(DotProductProbe.ofThisMachine[0], pool)
        let products = sets.map { set in
            let decode = Measurement("\(matrices.type.name) \(set) decode") { seconds in
                ck_isa_select(set)
                return Measurement.rate(for: seconds) { matrices.decode(pool) }
            }
            let prefill = Measurement("\(matrices.type.name) \(set) prefill") { seconds in
                ck_isa_select(set)
                let groupCount = groupsThatTake(seconds, matrices, pool)
                return Measurement.rate(for: seconds) { matrices.prefill(pool, groupCount: groupCount) }
            }
            return (set: set, decode: decode, prefill: prefill)
        }
        run([read, dot] + products.flatMap { [$0.decode, $0.prefill] }, progress)
        for product in products {
            report.kernels.append(
                .init(
                    type: matrices.type.name, instructionSet: product.set,
                    decodeBytesPerSecond: product.decode.rate, readBytesPerSecond: read.rate,
                    decodeFraction: product.decode.fraction(of: read),
                    prefillOperationsPerSecond: product.prefill.rate, dotOperationsPerSecond: dot.rate,
                    prefillFraction: product.prefill.fraction(of: dot)))
        }
    }

    /// Groups of rows that a prefill gets through in a slice: all, unless the kernel is slow.
    private func groupsThatTake(_ seconds: Double, _ matrices: PackedSet, _ pool: WorkerPool) -> Int {
        let few = min(pool.threadCount, matrices.groupCount)
        let time = ContinuousClock().measure { _ = matrices.prefill(pool, groupCount: few) }.seconds
        let fitting = seconds / time * Double(few)
        return fitting >= Double(matrices.groupCount) ? matrices.groupCount : max(few, Int(fitting) / few * few)
    }
}
