/// How much a JSON text may ask of the parser.
public struct JSONLimits: Sendable, Equatable {
    /// What happens where an object repeats a name.
    public enum RepeatedNames: Sendable {
        /// It is an error: readers that disagree about such a text can be played off against each other.
        case refused
        /// All are members; the last one is found by name.
        case kept
        /// The last value stands in the place of the first, as in most languages' parsers.
        case replaced
    }

    /// The deepest nesting that `nesting` can allow: values are parsed, compared and freed by recursion.
    public static let deepestNesting = 512

    /// How deep arrays and objects may be nested (at most `deepestNesting`).
    public var nesting: Int
    /// How many bytes the text may have; `nil` sets no limit.
    public var byteCount: Int?
    /// What happens where an object repeats a name.
    public var repeatedNames: RepeatedNames

    /// Makes limits; the defaults suit files.
    public init(nesting: Int = 128, byteCount: Int? = nil, repeatedNames: RepeatedNames = .refused) {
        self.nesting = nesting
        self.byteCount = byteCount
        self.repeatedNames = repeatedNames
    }
}
