import Logging
import NIOCore

/// The connections of one server, and what they share. Used on the event loop only.
final class ConnectionRegistry {
    let limits: ServerLimits
    let handler: any RequestHandler
    let logger: Logger
    let eventLoop: any EventLoop
    private(set) var isDraining = false
    /// Bytes of the bodies that all requests hold.
    private(set) var bodyByteCount = 0
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var incomplete = IncompleteConnections()
    private var whenEmpty: (() -> Void)?

    init(limits: ServerLimits, handler: any RequestHandler, logger: Logger, eventLoop: any EventLoop) {
        self.limits = limits
        self.handler = handler
        self.logger = logger
        self.eventLoop = eventLoop
    }

    /// Takes a connection in. If there are too many, one that has sent no whole request yet gives its place; false if
    /// there is none such.
    func add(_ connection: HTTPConnection) -> Bool {
        connections[ObjectIdentifier(connection)] = connection
        defer { incomplete.insert(connection) }
        guard connections.count > limits.connectionCount else { return true }
        guard let idlest = incomplete.idlest else { return false }
        // It closes a little later; the next newcomer must find another one.
        incomplete.remove(idlest)
        idlest.cut()
        return true
    }

    /// Keeps track of who has sent no whole request yet.
    func update(_ connection: HTTPConnection, isIncomplete: Bool) {
        if isIncomplete { incomplete.insert(connection) } else { incomplete.remove(connection) }
    }

    /// Forgets a closed connection.
    func remove(_ connection: HTTPConnection) {
        connections[ObjectIdentifier(connection)] = nil
        if connections.isEmpty { notifyEmpty() }
    }

    /// Accounts for a piece of a body; false if there is no room for it.
    func hold(_ byteCount: Int, for incoming: IncomingRequest) -> Bool {
        guard bodyByteCount + byteCount <= limits.totalBodyByteCount else { return false }
        bodyByteCount += byteCount
        incoming.heldByteCount += byteCount
        return true
    }

    /// Forgets the body of a request that has ended; further calls do nothing.
    func release(_ incoming: IncomingRequest) {
        bodyByteCount -= incoming.heldByteCount
        incoming.heldByteCount = 0
    }

    /// Closes idle connections, lets the others finish their answer, and calls back when none is left.
    func drain(_ whenEmpty: @escaping () -> Void) {
        isDraining = true
        self.whenEmpty = whenEmpty
        for connection in Array(connections.values) { connection.drain() }
        if connections.isEmpty { notifyEmpty() }
    }

    /// Cuts what is left.
    func closeAll() {
        for connection in Array(connections.values) { connection.cut() }
    }

    private func notifyEmpty() {
        whenEmpty?()
        whenEmpty = nil
    }
}
