/// The connections on which no whole request has arrived yet, each user's in the order in which they began to wait for
/// one. Slow clients come back by the hundred a second: what is asked here looks at one user's line, not at every connection.
struct IncompleteConnections {
    /// Those of one user, longest first.
    private struct Line {
        var unproven: [HTTPConnection] = []
        /// A request was answered on these.
        var proven: [HTTPConnection] = []

        var count: Int { unproven.count + proven.count }
    }

    private var lines: [UInt32?: Line] = [:]

    mutating func insert(_ connection: HTTPConnection) {
        let place = place(of: connection)
        lines[connection.peer?.userID, default: Line()][keyPath: place].append(connection)
    }

    mutating func remove(_ connection: HTTPConnection) {
        let user = connection.peer?.userID, place = place(of: connection)
        guard let index = lines[user]?[keyPath: place].firstIndex(where: { $0 === connection }) else { return }
        lines[user]?[keyPath: place].remove(at: index)
        if lines[user]?.count == 0 { lines[user] = nil }
    }

    /// Which one gives its place to a newcomer: of the user who has most of them, the one that has waited longest, so that
    /// slow clients, however many, keep neither other users nor quick requests out. One on which a request was answered
    /// stays as long as there are others: slow clients that come back at once push each other out, not a good one that
    /// thinks for a moment.
    var idlest: HTTPConnection? {
        let most = lines.values.max { $0.count < $1.count }
        return most?.unproven.first ?? most?.proven.first
    }

    private func place(of connection: HTTPConnection) -> WritableKeyPath<Line, [HTTPConnection]> {
        connection.hasServed ? \.proven : \.unproven
    }
}
