/// A text as a dictionary key that is equal only to the same code points.
///
/// `String` treats canonically equivalent texts ("é" in one or two scalars) as equal; RFC 8259 §8.3 does not, and two
/// such tokens of a vocabulary are two tokens.
public struct ExactText: Hashable, Sendable {
    /// The text.
    public let text: String

    /// A key for `text`.
    public init(_ text: String) {
        self.text = text
    }

    /// Whether both are the same bytes.
    public static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.count == right.text.utf8.count && left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Feeds eight bytes at a time: names and tokens are short, and a call per byte would dominate.
    public func hash(into hasher: inout Hasher) {
        var word: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count & 7 == 0 {
                hasher.combine(word)
                word = 0
            }
        }
        hasher.combine(word)
        hasher.combine(count)
    }
}
