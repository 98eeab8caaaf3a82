/// How long a model stays in memory after a request.
public enum KeepAlive: Sendable, Equatable {
    /// So long, without another request; zero lets it go at once.
    case atMost(Duration)
    /// Until another model needs the memory.
    case forever
}
