/// Why memory could not be had.
public struct MemoryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Sendable, Equatable {
        /// The budget is spent.
        case overBudget
        /// The kernel refused the allocation.
        case outOfMemory
        /// A size is negative or too large to be counted.
        case invalidSize
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence for the user.
    public var message: String

    /// An error of this kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
