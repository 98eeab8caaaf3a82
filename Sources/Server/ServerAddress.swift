/// Where a server listens.
public enum ServerAddress: Sendable, Equatable, CustomStringConvertible {
    /// A Unix socket.
    case unix(path: String)
    /// A host, by name or number, and a TCP port.
    case tcp(host: String, port: Int)

    /// The path, or host and port.
    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// What requests call the host.
    var hostField: String {
        switch self {
        case .unix: "localhost"
        case .tcp: description
        }
    }
}
