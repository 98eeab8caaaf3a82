/// One thing that is wrong with the configuration: where it is written, and what to write instead.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where the value or the mistake is written.
    public let origin: Origin
    /// What is wrong and what is expected.
    public let message: String

    init(_ origin: Origin, _ message: String) {
        self.origin = origin
        self.message = message
    }

    /// `FILE:LINE:COLUMN: MESSAGE`, as editors understand it.
    public var description: String { "\(origin): \(message)" }
}

/// Everything that is wrong with the configuration.
public struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// In the order in which files are read, never empty.
    public let all: [ConfigurationError]

    /// One line for each.
    public var description: String { all.map(\.description).joined(separator: "\n") }
}

/// Where a value of the configuration comes from.
public enum Origin: Sendable, Equatable, CustomStringConvertible {
    /// A place in a file; lines and columns count from 1, columns are characters.
    case file(String, line: Int, column: Int)
    /// A file or folder as a whole.
    case path(String)
    /// A variable of the environment.
    case variable(String)

    /// Line and column, for sorting.
    var place: (Int, Int) { if case .file(_, let line, let column) = self { (line, column) } else { (0, 0) } }

    /// As it stands before a message.
    public var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .path(let path): path
        case .variable(let name): "environment variable \(name)"
        }
    }
}
