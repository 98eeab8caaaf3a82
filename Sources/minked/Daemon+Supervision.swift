import Board
import Inference
import Kernels
import Logging
import Memory
import Server

/// What the daemon tells the service manager about its health.
extension Daemon {
    /// Feeds the watchdog, if there is one, for as long as work gets on or everybody answers.
    func startWatchdog(_ notifier: ServiceNotifier, _ engine: Engine, _ server: HTTPServer, _ logger: Logger) {
        let watchdog = Watchdog(
            notifier, progress: { WorkProgress.value },
            engine: { answer in
                Task {
                    await engine.answerCall()
                    answer()
                }
            },
            server: [{ server.call($0) }, { answer in Task.detached { answer() } }],
            stuck: { silence in
                let seconds = Int(silence / .seconds(1))
                logger.event(
                    .stuck, .error, "nothing gets on for \(seconds) s; the watchdog will end this process",
                    ["MINKE_SILENT_SECONDS": "\(seconds)", "MINKE_PROGRESS": "\(WorkProgress.value)"])
            })
        guard let watchdog else { return }
        if NamedThread("minke-watchdog", { watchdog.run() }) == nil {
            logger.error("the kernel has no thread left for the watchdog, which will end this process")
        }
    }

    /// Has the engine write what should outlive the process; the service manager waits as long as that gets on.
    func persist(_ engine: Engine, _ notifier: ServiceNotifier) async {
        let extending = Task {
            var last = WorkProgress.value - 1
            while !Task.isCancelled, WorkProgress.value != last {
                last = WorkProgress.value
                notifier.extendTimeout(.seconds(15))
                do { try await Task.sleep(for: .seconds(5)) } catch { return }
            }
        }
        await engine.persist()
        extending.cancel()
    }
}
