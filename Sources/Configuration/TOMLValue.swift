/// A value of a configuration file.
public enum TOMLValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    /// Of anything but arrays.
    case array([TOMLValue])
}

extension TOMLValue: CustomStringConvertible {
    /// What was written, for messages.
    public var description: String {
        switch self {
        case .string(let text): "the string \"\(text.prefix(60))\""
        case .integer(let value): "the integer \(value)"
        case .float(let value): "the number \(value)"
        case .boolean(let value): "\(value)"
        case .array: "an array"
        }
    }
}

/// `key = value` as it stands in a file.
struct TOMLEntry: Equatable {
    /// Names of the table and of the key: `["memory", "budget"]`.
    let path: [String]
    let value: TOMLValue
    let keyOrigin: Origin
    let valueOrigin: Origin
}

/// A table's header as it stands in a file.
struct TOMLTable: Equatable {
    let path: [String]
    let origin: Origin
}

/// A file that could be read.
struct TOMLDocument: Equatable {
    var tables: [TOMLTable] = []
    var entries: [TOMLEntry] = []
}
