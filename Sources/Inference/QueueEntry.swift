/// A request that runs or waits, as operators may see it: nothing of what it says.
public struct QueueEntry: Sendable, Equatable {
    /// Counts the requests of this process.
    public var id: Int
    /// The user who asked; `nil` if that is not known.
    public var userID: UInt32?
    /// Requests before it; 0 for those that run.
    public var position: Int
    /// Seconds since it was submitted.
    public var ageSeconds: Double
    /// Seconds until it is expected to end, from how long recent ones took.
    public var expectedSeconds: Double

    /// Makes an entry.
    public init(id: Int, userID: UInt32?, position: Int, ageSeconds: Double, expectedSeconds: Double) {
        self.id = id
        self.userID = userID
        self.position = position
        self.ageSeconds = ageSeconds
        self.expectedSeconds = expectedSeconds
    }
}
