import CLinux
import Glibc
import Synchronization

/// Ctrl-C: cancels the running work, or ends the process where there is none.
enum Interrupt {
    private static let current = Mutex<(@Sendable () -> Void)?>(nil)

    /// Blocks SIGINT for this thread and all it starts. Call on the main thread, before anything else.
    static func block() { _ = cl_block_signals(SIGINT, 0, 0, 0) }

    /// Waits for SIGINT for ever; the main thread does this.
    static func wait() -> Never {
        while true {
            guard cl_wait_signal(SIGINT, 0, 0, 0) == SIGINT else { continue }
            guard let cancel = current.withLock({ $0 }) else { exit(Terminal.ExitStatusCode.interrupted) }
            cancel()
        }
    }

    /// Runs work that Ctrl-C cancels.
    static func cancelling<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task(operation: work)
        current.withLock { $0 = { task.cancel() } }
        defer { current.withLock { $0 = nil } }
        return try await task.value
    }
}
