/// What of an engine may change while it works.
public struct EngineAdjustment: Sendable {
    /// The models that requests may name from now on. One that is in memory stays there until another one is asked for.
    public var library: ModelLibrary
    /// Requests that may wait; those that wait already stay.
    public var queueLimit: Int
    /// How long a model stays in memory after the next request that does not say.
    public var keepAlive: KeepAlive

    /// An adjustment.
    public init(library: ModelLibrary, queueLimit: Int, keepAlive: KeepAlive) {
        self.library = library
        self.queueLimit = queueLimit
        self.keepAlive = keepAlive
    }
}
