import JSON
import Server

/// What all chunks of one answer share.
struct CompletionIdentity: Sendable {
    /// `chatcmpl-` or `cmpl-`, and 24 random hexadecimal digits.
    let id: String
    /// Seconds since 1970, when the request was taken.
    let created: Int
    /// The model's name as clients know it.
    let model: String
    /// What answers are comparable: the version of the program.
    let systemFingerprint: String

    init(_ prefix: String, model: String) {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<24).map { _ in Character(Self.digit(Int.random(in: 0..<16, using: &generator))) }
        id = prefix + String(digits)
        created = WallClock.seconds
        self.model = model
        systemFingerprint = "minke-" + ProductVersion.current
    }

    /// The members that every object of the answer begins with.
    func members(_ object: String) -> JSONObject {
        [
            "id": .string(id), "object": .string(object), "created": JSONValue(created), "model": .string(model),
            "system_fingerprint": .string(systemFingerprint),
        ]
    }

    private static func digit(_ value: Int) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(value < 10 ? 48 + value : 87 + value))
    }
}
