import Glibc
import Kernels

/// Runs an actor's jobs, one at a time, on a thread of its own.
///
/// The cooperative pool is as wide as the machine has cores: a model that computed there would starve the socket,
/// the watchdog and cancellation. The one file of this module that touches pthread memory.
@safe final class ThreadExecutor: SerialExecutor, @unchecked Sendable {
    // Sendable: `jobs` and `isStopping` are protected by `mutex`.
    private var jobs: [UnownedJob] = []
    private var isStopping = false
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>

    /// Starts the thread.
    static func start() -> ThreadExecutor {
        let executor = ThreadExecutor()
        // The thread owns a reference until it is stopped.
        let thread = NamedThread("minke-engine") { executor.run() }
        precondition(thread != nil, "the kernel has no thread left for the engine")
        thread?.detach()
        return executor
    }

    private init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe wake = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(wake, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(wake)
        unsafe pthread_mutex_destroy(mutex)
        unsafe wake.deallocate()
        unsafe mutex.deallocate()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        unsafe pthread_mutex_lock(mutex)
        jobs.append(job)
        unsafe pthread_cond_signal(wake)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Lets the thread end once its queue is empty.
    func stop() {
        unsafe pthread_mutex_lock(mutex)
        isStopping = true
        unsafe pthread_cond_signal(wake)
        unsafe pthread_mutex_unlock(mutex)
    }

    private func run() {
        while let job = nextJob() { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    private func nextJob() -> UnownedJob? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while jobs.isEmpty && !isStopping { unsafe pthread_cond_wait(wake, mutex) }
        return jobs.isEmpty ? nil : jobs.removeFirst()
    }
}
