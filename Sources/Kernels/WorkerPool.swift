import CLinux
import Glibc
import Memory

/// A fixed set of threads that run the tasks of one fork/join at a time.
///
/// All threads, the caller's included, take tasks in order from one counter, so a slow core takes fewer; a worker that
/// is late takes none and nobody waits for it. Workers spin briefly for the next job and then sleep. Task results must
/// not depend on which thread runs them: every sum has a fixed order inside one task.
///
/// On a machine with fast and slow cores, the workers and every thread that calls `run` are kept on the fast ones, if
/// these are enough. `run` and `rest` are called by one thread at a time, the engine's, and not from inside a task.
@safe public final class WorkerPool: @unchecked Sendable {
    // Sendable: `caller` belongs to the one thread at a time that calls `run`; the rest does not change.
    private let shared: WorkerPoolState
    /// The workers.
    let threads: [pthread_t]
    /// The processors that the threads belong on; `nil`: the kernel places them.
    private let processors: [Int]?
    /// The thread that `run` has last put on `processors`.
    private var caller: pthread_t?
    /// Threads that compute, the caller included.
    public let threadCount: Int

    /// Tasks that `forEachRange` makes for each thread: few enough to cost nothing, enough to even out unequal cores.
    private static let rangesPerThread = 8

    /// Starts `threadCount - 1` workers.
    public convenience init(threadCount: Int) {
        self.init(threadCount: threadCount, cores: .ofThisMachine)
    }

    init(threadCount: Int, cores: PerformanceCores) {
        self.threadCount = max(1, threadCount)
        let fits = self.threadCount <= cores.count
        // Too many threads for the fast cores belong on all: the thread that starts them may be restricted itself.
        processors = cores.hasSlowerCores ? (fits ? cores.processors : cores.allowed) : nil
        let shared = WorkerPoolState(
            threadCount: self.threadCount, processorCount: fits ? cores.count : cores.allowed.count)
        self.shared = shared
        threads = (1..<self.threadCount).reduce(into: []) { threads, _ in
            guard let thread = shared.startWorker() else { return }
            _ = unsafe cl_name_thread(thread, "minke-worker")
            threads.append(thread)
        }
        if let processors { for thread in threads { PerformanceCores.restrict(thread, to: processors) } }
    }

    deinit {
        shared.stopWorkers()
        for thread in threads { pthread_join(thread, nil) }
        shared.deallocate()
    }

    /// Runs `body(0)` … `body(count - 1)`, begun in this order, and returns when all are done.
    public func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
        if let processors, caller != pthread_self() {
            caller = pthread_self()
            PerformanceCores.restrict(pthread_self(), to: processors)
        }
        defer { WorkProgress.advance() }
        if count <= 1 || threads.isEmpty {
            for task in 0..<count { body(task) }
            return
        }
        withoutActuallyEscaping(body) { body in
            shared.publish(.init(count: count, body: body))
            let own = shared.performTasks()
            shared.waitForWorkers(tasks: Int32(count) - own)
        }
    }

    /// Splits `0..<count` into ranges of about equal size, at least `grain` long, and runs them.
    public func forEachRange(_ count: Int, grain: Int, _ body: @Sendable (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let most = threads.isEmpty ? 1 : threadCount * Self.rangesPerThread
        let parts = max(1, min(count / max(1, grain), most))
        run(parts) { part in body(count * part / parts..<count * (part + 1) / parts) }
    }

    /// Sends the workers to sleep at once, because no job will follow soon: the caller is about to wait for the disk
    /// or for a client. The next `run` wakes them.
    public func rest() {
        if !threads.isEmpty { shared.rest() }
    }
}
