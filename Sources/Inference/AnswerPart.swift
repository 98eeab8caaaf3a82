/// A piece of an answer, by what it is.
public enum AnswerPart: Sendable, Equatable {
    /// Text of the answer itself.
    case content(String)
    /// Text of the reasoning before it.
    case reasoning(String)
    /// A tool call begins; calls of an answer are counted from 0.
    case call(index: Int, id: String, name: String)
    /// More of a call's arguments, which joined are a JSON object.
    case arguments(index: Int, String)
}
