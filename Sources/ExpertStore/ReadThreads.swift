import Kernels
import Memory

/// Threads that wait for the disk, so that nobody else has to. They do their tasks in order.
final class ReadThreads: Sendable {
    private let tasks = Channel<@Sendable () -> Void>()
    private let threads: [NamedThread]
    /// Tasks that are done at the same time.
    let count: Int

    /// Starts up to `count` threads.
    init(count: Int) {
        threads = (0..<count).compactMap { [tasks] _ in
            NamedThread("minke-reader") { while let task = tasks.receive() { task() } }
        }
        precondition(!threads.isEmpty, "the kernel has no thread left for reading")
        self.count = threads.count
    }

    deinit {
        tasks.close()
        for thread in threads { thread.join() }
    }

    /// Lets one of the threads do `task`.
    func submit(_ task: @escaping @Sendable () -> Void) { tasks.send(task) }
}
