import CLinux
import Glibc
import Synchronization

/// What the threads of a pool share: a few words of memory and the protocol on them. The pool owns the memory.
///
/// `tasksLeft` is both the counter of tasks and the signal to begin. Whoever brings it from n to n − 1 holds a task,
/// and the job cannot end before that task is reported: only then is it safe to read `job`. Tasks are reported in
/// `finished`, once per worker and job. The caller waits for tasks, not for workers, so a worker that sleeps or has
/// lost its processor delays nobody.
@safe struct WorkerPoolState: @unchecked Sendable {
    // Sendable: the words are atomic; `job` is written by the caller before it stores `tasksLeft` (releasing) and
    // read by those who then took a task from there (acquiring).

    /// A fork/join.
    struct Job {
        /// Number of tasks.
        var count: Int
        /// Runs one.
        var body: @Sendable (Int) -> Void
    }

    /// Tasks not yet begun; 0, `resting` or `stopped` between jobs.
    private let tasksLeft: UnsafeMutablePointer<Atomic<Int32>>
    /// Tasks of this job that workers have done, and `callerSleeps`.
    private let finished: UnsafeMutablePointer<Atomic<Int32>>
    /// At least the number of workers that sleep or are about to. Workers add themselves; the caller takes away those
    /// that it wakes.
    private let sleepers: UnsafeMutablePointer<Atomic<Int32>>
    /// Rounds of waking; the word on which workers sleep.
    private let wakeRound: UnsafeMutablePointer<Atomic<Int32>>
    private let job: UnsafeMutablePointer<Job?>
    /// Workers that can run at the same time as the caller: it is no use to wake more.
    private let usefulWorkers: Int32
    /// How long a thread polls before it sleeps: about what it costs to wake it.
    private let spinNanoseconds: Int64

    /// `tasksLeft` when workers are to sleep at once.
    private static let resting: Int32 = -1
    /// `tasksLeft` when workers are to end.
    private static let stopped: Int32 = -2
    /// Bit of `finished`: the caller must be woken.
    private static let callerSleeps: Int32 = 1 << 30
    /// Processors fetch lines of 64 bytes in pairs.
    private static let lineBytes = 128

    /// Allocates the words, each on a cache line of its own.
    init(threadCount: Int, processorCount: Int) {
        usefulWorkers = Int32(clamping: max(1, min(threadCount, processorCount) - 1))
        // Of more threads than processors, one that polls may keep the one it waits for from running.
        spinNanoseconds = threadCount <= processorCount ? 50_000 : 1_000
        let lines = UnsafeMutableRawPointer.allocate(byteCount: 5 * Self.lineBytes, alignment: Self.lineBytes)
        func word(_ line: Int) -> UnsafeMutablePointer<Atomic<Int32>> {
            let word = unsafe (lines + line * Self.lineBytes).bindMemory(to: Atomic<Int32>.self, capacity: 1)
            unsafe word.initialize(to: Atomic(0))
            return unsafe word
        }
        unsafe tasksLeft = word(0)
        unsafe finished = word(1)
        unsafe sleepers = word(2)
        unsafe wakeRound = word(3)
        unsafe job = (lines + 4 * Self.lineBytes).bindMemory(to: Job?.self, capacity: 1)
        unsafe job.initialize(to: nil)
    }

    /// Frees the words, when no worker is left.
    func deallocate() {
        unsafe job.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(tasksLeft).deallocate()
    }

    // MARK: The caller

    /// Offers the tasks of a job to everybody. The caller then works too, and waits for the others.
    func publish(_ newJob: Job) {
        precondition(newJob.count < Self.callerSleeps, "too many tasks")
        unsafe job.pointee = newJob
        unsafe tasksLeft.pointee.store(Int32(newJob.count), ordering: .sequentiallyConsistent)
        // Either this sees a worker that is about to sleep, or that worker sees the tasks (both sequentially
        // consistent). Workers that spin need no system call.
        let sleeping = unsafe sleepers.pointee.load(ordering: .sequentiallyConsistent)
        if sleeping > 0 { wake(min(sleeping, usefulWorkers, Int32(newJob.count) - 1)) }
    }

    /// Returns when workers have done `tasks` tasks of this job.
    func waitForWorkers(tasks: Int32) {
        var patience = Patience(nanoseconds: spinNanoseconds)
        while unsafe finished.pointee.load(ordering: .acquiring) != tasks {
            if patience.isLeft() { continue }
            _ = unsafe finished.pointee.bitwiseOr(Self.callerSleeps, ordering: .relaxed)
            while true {
                let word = unsafe finished.pointee.load(ordering: .acquiring)
                if word == tasks | Self.callerSleeps { break }
                _ = unsafe cl_futex_wait(finished, UInt32(bitPattern: word))
            }
            break
        }
        unsafe finished.pointee.store(0, ordering: .relaxed)
        unsafe job.pointee = nil
    }

    /// Sends workers that poll to sleep, between jobs.
    func rest() { unsafe tasksLeft.pointee.store(Self.resting, ordering: .relaxed) }

    /// Ends the workers.
    func stopWorkers() {
        unsafe tasksLeft.pointee.store(Self.stopped, ordering: .sequentiallyConsistent)
        wake(.max)
    }

    /// Wakes `count` workers, if so many sleep.
    private func wake(_ count: Int32) {
        unsafe sleepers.pointee.subtract(count, ordering: .relaxed)
        // A worker that was counted but does not sleep yet has seen the round before and stays awake.
        unsafe wakeRound.pointee.wrappingAdd(1, ordering: .releasing)
        _ = unsafe cl_futex_wake(wakeRound, count)
    }

    // MARK: Everybody

    /// Takes tasks and runs them until none is left; returns how many.
    ///
    /// The reference to the job's closure ends here, before the tasks are reported: it must not outlive `run`.
    @inline(never) func performTasks() -> Int32 {
        guard var left = takeTask(), let job = unsafe job.pointee else { return 0 }
        var done: Int32 = 0
        while true {
            job.body(job.count - Int(left))
            done += 1
            guard let next = takeTask() else { return done }
            left = next
        }
    }

    /// Takes a task; returns the number that was left with it, or `nil` if there was none.
    private func takeTask() -> Int32? {
        var left = unsafe tasksLeft.pointee.load(ordering: .relaxed)
        while left > 0 {
            let (taken, now) = unsafe tasksLeft.pointee.weakCompareExchange(
                expected: left, desired: left - 1, successOrdering: .acquiring, failureOrdering: .relaxed)
            if taken { return left }
            left = now
        }
        return nil
    }

    // MARK: Workers

    /// Starts a thread that works until `stopWorkers`; `nil` if the kernel refuses it.
    func startWorker() -> pthread_t? {
        // The words outlive the thread: the pool frees them after it has joined it.
        let argument = UnsafeMutablePointer<WorkerPoolState>.allocate(capacity: 1)
        unsafe argument.initialize(to: self)
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument?.assumingMemoryBound(to: WorkerPoolState.self) else { return nil }
                let state = unsafe argument.move()
                unsafe argument.deallocate()
                state.work()
                return nil
            }, argument)
        if status == 0 { return thread }
        unsafe argument.deallocate()
        return nil
    }

    private func work() {
        while waitForTasks() {
            let done = performTasks()
            if done == 0 { continue }
            let before = unsafe finished.pointee.add(done, ordering: .acquiringAndReleasing).oldValue
            if before & Self.callerSleeps != 0 { _ = unsafe cl_futex_wake(finished, 1) }
        }
    }

    /// Returns when there are tasks to take, or with `false` when the worker has to end.
    private func waitForTasks() -> Bool {
        var patience = Patience(nanoseconds: spinNanoseconds)
        while true {
            let left = unsafe tasksLeft.pointee.load(ordering: .relaxed)
            if left > 0 { return true }
            if left == Self.stopped { return false }
            if left == 0 && patience.isLeft() { continue }
            sleep()
            patience = Patience(nanoseconds: spinNanoseconds)
        }
    }

    /// Sleeps until the caller has woken somebody, or not at all if there are tasks.
    private func sleep() {
        let round = unsafe wakeRound.pointee.load(ordering: .acquiring)
        unsafe sleepers.pointee.add(1, ordering: .sequentiallyConsistent)
        let left = unsafe tasksLeft.pointee.load(ordering: .sequentiallyConsistent)
        // Counted though awake: costs the caller one needless system call.
        if left > 0 || left == Self.stopped { return }
        _ = unsafe cl_futex_wait(wakeRound, UInt32(bitPattern: round))
    }
}

/// How long a thread may go on polling.
private struct Patience {
    private let nanoseconds: Int64
    private var start: Int64 = 0
    private var rounds = 0

    /// For so long a thread polls and nothing else; then it lets others run in between: the one it waits for may be
    /// queued behind it on this processor.
    private static let selfishNanoseconds: Int64 = 5_000

    init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Pauses for a moment and returns whether there may be another. The clock is read every few pauses, because
    /// these take from 10 to 60 ns.
    mutating func isLeft() -> Bool {
        cl_pause()
        rounds += 1
        if rounds & 15 != 0 { return true }
        let now = cl_monotonic_nanoseconds()
        if start == 0 { start = now }
        if now - start > Self.selfishNanoseconds { sched_yield() }
        return now - start < nanoseconds
    }
}
