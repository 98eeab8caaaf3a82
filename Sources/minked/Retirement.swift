import Synchronization

/// The wish that the daemon ends as soon as nothing runs; the socket then starts what was installed meanwhile. Safe from any
/// thread.
final class Retirement: Sendable {
    private let asked = Atomic(false)

    /// Whether somebody asked for it.
    var isAsked: Bool { asked.load(ordering: .relaxed) }

    /// Asks for it; there is no way back.
    func ask() { asked.store(true, ordering: .relaxed) }
}
