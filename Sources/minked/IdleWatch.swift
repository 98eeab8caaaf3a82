import API
import Board
import Inference

/// Looks at the daemon now and then: keeps the service manager's status line and notices idleness.
struct IdleWatch: Sendable {
    let service: Service
    let generator: any TextGenerator
    let notifier: ServiceNotifier
    /// 0 never exits.
    let idleExitSeconds: Int

    /// One line for people.
    var status: String {
        let model = generator.loadedModel()?.name ?? "no model loaded"
        return "ready: \(model), queue \(generator.queueDepth()), served \(service.activity.servedCount)"
    }

    /// Runs until cancelled, or until the daemon was idle for long enough.
    func run(_ idle: @Sendable () -> Void) async {
        var last = ""
        // A sleeping board should not be woken often.
        let interval = idleExitSeconds > 0 ? min(5, max(0.25, Double(idleExitSeconds) / 4)) : 5
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(interval)) } catch { return }
            let current = status
            if current != last { notifier.status(current) }
            last = current
            if idleExitSeconds > 0, let idleTime = service.activity.idleTime, idleTime >= .seconds(idleExitSeconds) {
                return idle()
            }
        }
    }
}
