import Kernels
import Memory
import Testing

@Suite(.serialized) struct MachineLimitsTests {
    @Test func everyProbeOfTheMachineAddsUpTheSame() {
        let probes = DotProductProbe.ofThisMachine
        #expect(!probes.isEmpty)
        for probe in probes {
            #expect(!probe.name.isEmpty && probe.operationsPerRound > 0)
            // Sums begin at four threes and grow by a constant each round.
            let (none, one, ten) = (probe.run(rounds: 0), probe.run(rounds: 1), probe.run(rounds: 10))
            #expect(none > 0 && one > none && ten - none == 10 * (one - none))
        }
    }

    @Test(arguments: [1, 3]) func measuresBothLimits(threads: Int) throws {
        let pool = WorkerPool(threadCount: threads)
        let read = try MachineLimits.measureReadBandwidth(
            pool: pool, byteCount: 5 << 20, for: .milliseconds(20))
        #expect(read > 1e7 && read < 1e13)
        let peak = MachineLimits.measureDotProductPeak(pool: pool, for: .milliseconds(20))
        #expect(peak > 1e7 && peak < 1e15)
    }

    @Test func readsWholeChunksOfWhatItIsGiven() throws {
        #expect(try ReadProbe(byteCount: 1).byteCount == 2 << 20)
        let bytes = try AlignedBuffer.create(byteCount: 5 << 20) { bytes in
            for i in stride(from: 0, to: bytes.byteCount, by: 4096) {
                bytes.storeBytes(of: 1, toByteOffset: i, as: UInt8.self)
            }
        }
        let probe = ReadProbe(reading: bytes)
        #expect(probe.byteCount == 4 << 20)
        for ahead in ReadProbe.prefetchDistances {
            #expect(probe.read(WorkerPool(threadCount: 2), ahead: ahead) > .zero)
        }
    }
}
