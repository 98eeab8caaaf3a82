import Glibc
import Synchronization
import Testing

@testable import Kernels

@Suite(.serialized) struct WorkerPoolTests {
    /// How often each task of a job has run. Tasks write to their own count without a lock: the pool must order what
    /// one job's tasks write before what the next job's tasks read.
    final class Counts: @unchecked Sendable {
        private let values: UnsafeMutablePointer<Int>
        private let count: Int

        init(_ count: Int) {
            values = .allocate(capacity: count)
            values.initialize(repeating: 0, count: count)
            self.count = count
        }
        deinit { values.deallocate() }

        subscript(_ index: Int) -> Int {
            get { values[index] }
            set { values[index] = newValue }
        }
        var all: [Int] { (0..<count).map { values[$0] } }
    }

    @Test(arguments: [1, 2, 3, 4, 8, 16]) func runsEveryTaskOnce(threads: Int) {
        let pool = WorkerPool(threadCount: threads)
        #expect(pool.threadCount == threads)
        let jobs = 20_000
        let counts = Counts(61)
        for job in 0..<jobs { pool.run(job % 61 + 1) { counts[$0] += 1 } }
        #expect(counts.all == (0..<61).map { task in (0..<jobs).count { $0 % 61 >= task } })
    }

    @Test(arguments: [2, 3, 8]) func shortJobsFollowEachOther(threads: Int) {
        let pool = WorkerPool(threadCount: threads)
        let counts = Counts(2)
        for _ in 0..<50_000 { pool.run(2) { counts[$0] += 1 } }
        #expect(counts.all == [50_000, 50_000])
    }

    /// A task sees what all tasks of the job before wrote.
    @Test(arguments: [2, 4, 16]) func jobsAreOrdered(threads: Int) {
        let pool = WorkerPool(threadCount: threads)
        let (a, b) = (Counts(7), Counts(7))
        for _ in 0..<5000 {
            pool.run(7) { a[$0] = b.all.max().map { $0 + 1 } ?? 0 }
            pool.run(7) { b[$0] = a.all.reduce(0, +) / 7 }
        }
        #expect(a.all == [Int](repeating: 5000, count: 7))
    }

    @Test(arguments: [1, 2, 4, 16], [0, 1, 2, 7, 97, 1000]) func rangesCoverEverything(threads: Int, count: Int) {
        let pool = WorkerPool(threadCount: threads)
        for grain in [0, 1, 10, 2000] {
            let counts = Counts(max(1, count))
            let ranges = Atomic<Int>(0)
            pool.forEachRange(count, grain: grain) { range in
                ranges.add(1, ordering: .relaxed)
                for i in range { counts[i] += 1 }
                #expect(range.count >= min(count, grain))
            }
            #expect(counts.all == [Int](repeating: count > 0 ? 1 : 0, count: max(1, count)))
            #expect(ranges.load(ordering: .relaxed) <= max(1, 8 * threads))
        }
    }

    @Test func theWorkerTakesPart() {
        let pool = WorkerPool(threadCount: 2)
        let seen = Mutex<Set<pthread_t>>([])
        pool.run(2) { _ in
            seen.withLock { _ = $0.insert(pthread_self()) }
            // Nobody gets a second task before both have one.
            while seen.withLock({ $0.count }) < 2 { usleep(100) }
        }
        #expect(seen.withLock { $0.count } == 2)
    }

    @Test func sleepingWorkersWake() {
        let pool = WorkerPool(threadCount: 2)
        for _ in 0..<20 {
            usleep(5000)
            // Ends only if the worker wakes: each task waits for the other one to begin.
            let begun = Atomic<Int>(0)
            pool.run(2) { _ in
                begun.add(1, ordering: .relaxed)
                while begun.load(ordering: .relaxed) < 2 { sched_yield() }
            }
            #expect(begun.load(ordering: .relaxed) == 2)
        }
    }

    @Test(arguments: [1, 2, 4]) func restingWorkersWake(threads: Int) {
        let pool = WorkerPool(threadCount: threads)
        let counts = Counts(5)
        for round in 0..<2000 {
            pool.rest()
            if round % 2 == 0 { pool.rest() }
            if round % 100 == 0 { usleep(1000) }
            let begun = Atomic<Int>(0)
            pool.run(min(threads, 2)) { _ in
                begun.add(1, ordering: .relaxed)
                while begun.load(ordering: .relaxed) < min(threads, 2) { sched_yield() }
            }
            pool.run(5) { counts[$0] += 1 }
        }
        #expect(counts.all == [2000, 2000, 2000, 2000, 2000])
    }

    /// Workers that rest cost no processor time.
    @Test func restingWorkersSleep() {
        let pool = WorkerPool(threadCount: 4)
        pool.run(100) { _ in }
        pool.rest()
        usleep(20_000)
        let before = processorNanoseconds(of: pool)
        usleep(100_000)
        #expect(processorNanoseconds(of: pool) - before < 10_000_000)
    }

    @Test func workersThatWaitTooLongSleepToo() {
        let pool = WorkerPool(threadCount: 4)
        pool.run(100) { _ in }
        usleep(20_000)
        let before = processorNanoseconds(of: pool)
        usleep(100_000)
        #expect(processorNanoseconds(of: pool) - before < 10_000_000)
    }

    @Test func theCallerSleepsThroughALongTask() {
        let pool = WorkerPool(threadCount: 2)
        let counts = Counts(2)
        for _ in 0..<20 {
            let begun = Atomic<Int>(0)
            let caller = pthread_self()
            pool.run(2) { task in
                begun.add(1, ordering: .relaxed)
                while begun.load(ordering: .relaxed) < 2 { sched_yield() }
                if pthread_self() != caller { usleep(3000) }
                counts[task] += 1
            }
        }
        #expect(counts.all == [20, 20])
    }

    @Test(arguments: [2, 4, 16]) func poolsEndAsleepOrAtWork(threads: Int) {
        for round in 0..<200 {
            let pool = WorkerPool(threadCount: threads)
            if round % 2 == 0 { pool.run(threads * 2) { _ in } }
            if round % 4 == 3 { pool.rest() }
            if round % 10 == 9 { usleep(2000) }
        }
    }

    @Test func theBodyIsGoneAfterwards() {
        final class Witness: Sendable {}
        let pool = WorkerPool(threadCount: 4)
        weak var held: Witness?
        for _ in 0..<2000 {
            let witness = Witness()
            held = witness
            pool.run(8) { _ in withExtendedLifetime(witness) {} }
        }
        #expect(held == nil)
    }

    @Test func differentThreadsMayCallInTurn() {
        let pool = WorkerPool(threadCount: 3)
        let counts = Counts(9)
        for _ in 0..<50 {
            let thread = BackgroundThread { pool.run(9) { counts[$0] += 1 } }
            thread.join()
            pool.run(9) { counts[$0] += 1 }
        }
        #expect(counts.all == [Int](repeating: 100, count: 9))
    }

    /// On a machine that has slower cores, the pool and its callers stay on the fast ones.
    @Test func threadsStayOnPerformanceCores() throws {
        let allowed = PerformanceCores.allowedProcessors()
        try #require(!allowed.isEmpty)
        let fast = Array(allowed.prefix(1))
        let cores = try PerformanceCoresTests.cores(
            allowed.map { ($0, fast.contains($0) ? 1024 : 400) }, among: allowed)
        #expect(cores.processors == fast)
        let seen = Mutex<[[Int]]>([])
        let thread = BackgroundThread {
            WorkerPool(threadCount: 1, cores: cores).run(1) { _ in
                seen.withLock { $0.append(PerformanceCores.allowedProcessors()) }
            }
        }
        thread.join()
        // More threads than fast cores belong on all of them, whatever thread starts them.
        let other = BackgroundThread {
            PerformanceCores.restrict(pthread_self(), to: fast)
            WorkerPool(threadCount: allowed.count + 1, cores: cores).run(3) { _ in
                seen.withLock { $0.append(PerformanceCores.allowedProcessors()) }
            }
        }
        other.join()
        #expect(seen.withLock { $0 } == [fast, allowed, allowed, allowed])
        #expect(PerformanceCores.allowedProcessors() == allowed)
    }

    /// Processor time that a pool's workers have used.
    private func processorNanoseconds(of pool: WorkerPool) -> Int {
        pool.threads.reduce(0) { sum, thread in
            var (clock, time) = (clockid_t(), timespec())
            pthread_getcpuclockid(thread, &clock)
            clock_gettime(clock, &time)
            return sum + time.tv_sec * 1_000_000_000 + time.tv_nsec
        }
    }
}

/// A thread that runs one closure.
private struct BackgroundThread {
    private let thread: pthread_t

    init(_ body: @escaping @Sendable () -> Void) {
        final class Box {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(Box(body)).toOpaque())
        self.thread = thread
    }

    func join() { pthread_join(thread, nil) }
}
