import Board
import Configuration
import Inference
import Logging

/// Reads the configuration again while the daemon runs (SIGHUP): all of it is right and what can be applied is, or nothing
/// changes.
struct Reload: Sendable {
    let read: @Sendable () throws(ConfigurationErrors) -> Configuration
    let live: LiveConfiguration
    let engine: Engine
    let notifier: ServiceNotifier
    let logger: Logger
    /// The status line once it is over.
    let status: @Sendable () -> String

    /// Reads and applies. Blocks for as long as the files take: not on the tasks' threads.
    func run() {
        notifier.reloading()
        do {
            try apply(try read())
        } catch let errors as ConfigurationErrors {
            refuse(errors.all.map(\.description))
        } catch {
            refuse([(error as? GenerationError)?.message ?? "\(error)"])
        }
        notifier.ready(status())
    }

    private func apply(_ fresh: Configuration) throws {
        _ = try Daemon.upstream(fresh.upstream)
        let current = live.current
        let changes = current.changes(to: fresh)
        let library = Daemon.library(fresh)
        if fresh.model.standard != nil, changes.contains(where: { $0.key.hasPrefix("model.") }) {
            _ = try library.find(nil)
        }
        engine.adjust(
            EngineAdjustment(
                library: library, queueLimit: fresh.server.queue, keepAlive: Daemon.keepAlive(fresh)))
        LogThreshold.current = Daemon.level(fresh)
        // Compared with what the daemon was started with, however often the files have changed since.
        let waiting = live.started.changes(to: fresh).filter { !$0.isLive }.map(\.key).joined(separator: ", ")
        live.replace(with: fresh, complaint: waiting.isEmpty ? nil : "restart to apply \(waiting)")
        let applied = changes.filter(\.isLive).map(\.key).joined(separator: ", ")
        let message =
            applied.isEmpty && waiting.isEmpty
            ? "configuration read again: nothing changed"
            : "configuration read again: "
                + [applied.isEmpty ? "" : "applied \(applied)", waiting.isEmpty ? "" : "restart to apply \(waiting)"]
                .filter { !$0.isEmpty }.joined(separator: "; ")
        logger.event(
            .reloaded, waiting.isEmpty ? .notice : .warning, "\(message)",
            ["MINKE_APPLIED": "\(applied)", "MINKE_NEEDS_RESTART": "\(waiting)"])
    }

    private func refuse(_ errors: [String]) {
        live.refuse("configuration refused: \(errors.first ?? "")")
        for error in errors {
            logger.event(
                .reloadRefused, .error, "configuration refused, the old one stays: \(error)",
                ["MINKE_CONFIGURATION_ERROR": "\(error)"])
        }
    }
}
