/// Why a schema cannot be enforced, and where in it.
public struct GrammarError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The keyword that cannot be enforced; empty for the schema as a whole.
    public let keyword: String
    /// A JSON pointer to the schema that has the keyword; empty for the root.
    public let pointer: String
    /// What is wrong and what to do, in one sentence that starts lower case.
    public let message: String

    /// Makes an error.
    public init(keyword: String, pointer: String, message: String) {
        self.keyword = keyword
        self.pointer = pointer
        self.message = message
    }

    /// The message and the place.
    public var description: String {
        let place = pointer.isEmpty ? "the root" : pointer
        return keyword.isEmpty ? "\(message) (at \(place))" : "\(message) (\(keyword) at \(place))"
    }
}
