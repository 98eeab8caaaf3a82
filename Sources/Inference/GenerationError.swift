/// Why a request could not be served. The message starts lower case, names the object and says what to do.
public struct GenerationError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; servers map it to a status, commands to an exit code.
    public enum Code: Sendable, Equatable {
        /// Too many requests wait already.
        case queueFull(retryAfterSeconds: Int)
        /// No installed model has this name.
        case modelNotFound
        /// The prompt does not fit the context.
        case contextExceeded(promptTokenCount: Int, contextLength: Int)
        /// The request contradicts itself or the model.
        case invalidRequest
        /// The answer was not complete in the time that the request allowed.
        case timeoutExceeded
        /// A model file is corrupt, incomplete or of an unsupported kind.
        case modelInvalid
        /// The model needs more memory than the budget has.
        case doesNotFit
        /// Reading a model file failed.
        case inputOutput
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence for the user.
    public var message: String

    /// The field of the request that is at fault, if one is: `messages`, `prompt`, `logit_bias`, `tools`.
    public var field: String?

    /// What to say of an answer that was not complete in time.
    static let late = GenerationError(
        .timeoutExceeded, field: "timeout", "the answer was not complete in the time that the request allowed")

    /// Makes an error.
    public init(_ code: Code, field: String? = nil, _ message: String) {
        self.code = code
        self.field = field
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
