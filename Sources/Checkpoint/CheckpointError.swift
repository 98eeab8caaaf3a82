/// Why a checkpoint cannot be used: which file, which field or tensor, what is wrong.
public struct CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Equatable {
        private let name: String
        private init(_ name: String) { self.name = name }

        /// The file cannot be opened or read, or is no regular file.
        public static let unreadable = Code("unreadable")
        /// The file ends before its contents do.
        public static let truncated = Code("truncated")
        /// A field has a value that the format does not allow.
        public static let malformed = Code("malformed")
        /// The field is valid but of a kind that Minke does not know.
        public static let unsupported = Code("unsupported")
        /// A count or length beyond what any real model has.
        public static let limitExceeded = Code("limitExceeded")
        /// A tensor that the configuration asks for is not there.
        public static let missingTensor = Code("missingTensor")
        /// A tensor that the configuration has no place for.
        public static let unexpectedTensor = Code("unexpectedTensor")
        /// A tensor's shape or type contradicts the configuration.
        public static let shapeMismatch = Code("shapeMismatch")
        /// A file that is to be made cannot be written.
        public static let unwritable = Code("unwritable")
        /// The disk has no room for what is to be written.
        public static let diskFull = Code("diskFull")
        /// The bytes are not those that were written.
        public static let corrupt = Code("corrupt")
        /// The configuration lacks a field or contradicts itself.
        public static let invalidConfiguration = Code("invalidConfiguration")
    }

    /// What is wrong with bytes that are not those that were written.
    package static let damage = "does not match its checksum; restore the file or import the model again"

    /// The kind of failure.
    public var code: Code
    /// The file.
    public var path: String
    /// The header field, metadata key or tensor at fault.
    public var field: String
    /// Position in the file, where it is known.
    public var offset: Int?
    /// What is wrong, and what was expected.
    public var message: String

    /// Makes an error. A tensor or field whose name is empty is called `""`: an error always names something.
    public init(_ code: Code, path: String, field: String, offset: Int? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.field = field.isEmpty ? "\"\"" : field
        self.offset = offset
        self.message = message
    }

    /// `path: field: message (at byte offset)`
    public var description: String {
        "\(path): \(Self.printable(field)): \(Self.printable(message))" + (offset.map { " (at byte \($0))" } ?? "")
    }

    /// Names come from the file: without control characters, and not longer than a line or two.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(300).map {
            $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
        }
        return String(String.UnicodeScalarView(scalars)) + (scalars.count == 300 ? "…" : "")
    }
}
