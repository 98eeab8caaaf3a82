import Configuration
import Synchronization

/// The configuration in force, and what became of the last attempt to change it. Safe from any thread.
final class LiveConfiguration: Sendable {
    private struct State {
        var current: Configuration
        var complaint: String?
    }

    /// What the daemon was started with: it holds for the keys that need a restart.
    let started: Configuration
    private let state: Mutex<State>

    init(_ configuration: Configuration) {
        started = configuration
        state = Mutex(State(current: configuration))
    }

    /// The configuration in force.
    var current: Configuration { state.withLock { $0.current } }

    /// Why the files say something else; `nil` if they do not.
    var complaint: String? { state.withLock { $0.complaint } }

    /// Another configuration is in force; `complaint` says what of it waits for a restart.
    func replace(with configuration: Configuration, complaint: String?) {
        state.withLock { $0 = State(current: configuration, complaint: complaint) }
    }

    /// A configuration was refused.
    func refuse(_ complaint: String) { state.withLock { $0.complaint = complaint } }
}
