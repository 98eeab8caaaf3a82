import CLinux
import Glibc
import Server
import Synchronization

/// SIGTERM, SIGINT, SIGHUP and SIGUSR1, taken by the main thread. No code runs in a signal handler.
///
/// The main thread must do this itself: left to Dispatch it sits in sigsuspend() with every signal unblocked, and the
/// first SIGTERM would end the process.
enum Signals {
    private struct Reports {
        var stop: (@Sendable (Int32) -> Void)?
        var reload: (@Sendable () -> Void)?
        var retire: (@Sendable () -> Void)?
        /// SIGHUP came before anybody could be told.
        var missedReload = false
    }

    private static let reports = Mutex(Reports())

    /// Blocks the signals for this thread and all that it starts. Call on the main thread, before anything else.
    static func block() { _ = cl_block_signals(SIGTERM, SIGINT, SIGHUP, SIGUSR1) }

    /// Says who is told of the first signal that asks to stop.
    static func whenAsked(_ report: @escaping @Sendable (Int32) -> Void) {
        reports.withLock { $0.stop = report }
    }

    /// Says who is told, on the main thread, of each SIGHUP; one that came before counts.
    static func whenHungUp(_ report: @escaping @Sendable () -> Void) {
        let missed = reports.withLock { reports in
            reports.reload = report
            return reports.missedReload
        }
        if missed { kill(getpid(), SIGHUP) }
    }

    /// Says who is told, on the main thread, that the daemon is to end as soon as nothing runs.
    static func whenRetired(_ report: @escaping @Sendable () -> Void) {
        reports.withLock { $0.retire = report }
    }

    /// Waits for ever. A signal that comes before anybody can be told, and a second one from somebody who does not
    /// want to wait for running answers, end the process.
    static func wait() -> Never {
        while true {
            let number = cl_wait_signal(SIGTERM, SIGINT, SIGHUP, SIGUSR1)
            guard number > 0 else { continue }
            if number == SIGUSR1 {
                reports.withLock { $0.retire }?()
                continue
            }
            // In a terminal SIGHUP says that the terminal has gone.
            if number == SIGHUP && isatty(STDERR_FILENO) == 0 {
                reload()
            } else {
                stop(number)
            }
        }
    }

    private static func reload() {
        let report = reports.withLock { reports in
            reports.missedReload = reports.reload == nil
            return reports.reload
        }
        report?()
    }

    private static func stop(_ number: Int32) {
        let report = reports.withLock { reports in
            defer { reports.stop = nil }
            return reports.stop
        }
        guard let report else { exit(ExitStatus.failure) }
        report(number)
    }
}
