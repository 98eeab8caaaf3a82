/// Whether an answer calls tools.
public enum ToolChoice: Sendable, Equatable {
    /// The model decides.
    case auto
    /// Tools are shown to the model, but it cannot call them.
    case none
    /// The answer calls at least one tool.
    case required
    /// The answer calls this function.
    case function(String)
}
