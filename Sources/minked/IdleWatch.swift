import API
import Board
import Inference

/// Looks at the daemon now and then: keeps the service manager's status line and notices idleness.
struct IdleWatch: Sendable {
    let service: Service
    let generator: any TextGenerator
    let notifier: ServiceNotifier
    let live: LiveConfiguration
    let retirement: Retirement

    /// One line for people.
    var status: String {
        let model = generator.loadedModel()?.name ?? "no model loaded"
        let line = "ready: \(model), queue \(generator.queueDepth()), served \(service.activity.servedCount)"
        return [line, Self.text(generator.restraint()), live.complaint].compactMap { $0 }.joined(separator: "; ")
    }

    /// What the board makes the engine do without, for people; `nil` if nothing.
    static func text(_ restraint: EngineRestraint) -> String? {
        var parts: [String] = []
        if restraint.isPaced {
            parts.append("works \(Int((restraint.pace * 100).rounded())) % of the time (\(restraint.paceReason))")
        }
        if restraint.isShrunk {
            parts.append("memory is short: \(restraint.heldSlotCount) of \(restraint.slotCount) experts' slots kept")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// Runs until cancelled, or until the daemon was idle for long enough, which it says.
    func run(_ end: @Sendable (StopReason) -> Void) async {
        var last = ""
        while !Task.isCancelled {
            // A reload may change it.
            let idleExit = live.current.server.idleExit
            // A sleeping board should not be woken often.
            let interval = idleExit.map { min(.seconds(5), max(.milliseconds(250), $0 / 4)) } ?? .seconds(5)
            do { try await Task.sleep(for: interval) } catch { return }
            let current = status
            if current != last { notifier.status(current) }
            last = current
            guard let idleTime = service.activity.idleTime else { continue }
            if retirement.isAsked { return end(.retired) }
            if let idleExit, idleTime >= idleExit { return end(.idle) }
        }
    }
}
