import Kernels
import Memory
import Synchronization

/// Threads that wait for the disk, so that nobody else has to. Callable from any thread.
final class ReadThreads: Sendable {
    /// What the threads share; they must not keep their owner alive.
    private final class Work: Sendable {
        let schedule = Mutex(ReadSchedule())
        let busyTime = Mutex(BusyTime())
        /// One for each part that may have become due; a thread that takes one looks whether there is something to do.
        let calls = Channel<Void>()

        func run() {
            while calls.receive() != nil {
                while let task = schedule.withLock({ $0.next() }) {
                    busyTime.withLock { $0.begin() }
                    task.read.read(part: task.part)
                    WorkProgress.advance()
                    busyTime.withLock { $0.end() }
                    let hasNext = schedule.withLock { schedule in
                        schedule.finish(task)
                        return schedule.hasNext
                    }
                    // What was not due before may be now, for more threads than this one.
                    if hasNext { calls.send(()) }
                }
            }
        }
    }

    private let work = Work()
    private let threads: [NamedThread]
    /// Parts that are read at the same time.
    let count: Int

    /// Starts up to `count` threads.
    init(count: Int) {
        threads = (0..<count).compactMap { [work] _ in NamedThread("minke-reader") { work.run() } }
        precondition(!threads.isEmpty, "the kernel has no thread left for reading")
        self.count = threads.count
    }

    /// Seconds in which at least one of the threads was reading.
    var busySeconds: Double { work.busyTime.withLock { $0.seconds } }

    deinit {
        work.calls.close()
        for thread in threads { thread.join() }
    }

    /// Lets the threads read the parts of `read` when it is their turn.
    func submit(_ read: any PartwiseRead, _ urgency: ReadSchedule.Urgency) {
        work.schedule.withLock { $0.add(read, urgency) }
        for _ in 0..<read.partCount { work.calls.send(()) }
    }

    /// Makes `read`, which was submitted with a lower urgency, a demand.
    func promote(_ read: any PartwiseRead) {
        work.schedule.withLock { $0.promote(read) }
        for _ in 0..<read.partCount { work.calls.send(()) }
    }

    /// Abandons the parts of `read` that nobody has begun to read.
    func cancel(_ read: any PartwiseRead) {
        let partCount = work.schedule.withLock { $0.remove(read) }
        if partCount > 0 { read.abandon(partCount: partCount) }
    }
}
