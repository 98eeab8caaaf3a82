/// Reads whether the model is to reason first.
enum ThinkingReader {
    private static let efforts: Set<String> = ["minimal", "low", "medium", "high", "xhigh", "max"]

    /// The most explicit of the ways to say it; `nil` leaves it to the chat format.
    static func thinking(_ fields: FieldReader) throws(APIError) -> Bool? {
        if let think = try think(fields) { return think }
        if let arguments = try fields.object("chat_template_kwargs") {
            for name in ["enable_thinking", "thinking"] {
                if let thinks = try arguments.bool(name) { return thinks }
            }
        }
        guard let effort = try fields.string("reasoning_effort") else { return nil }
        if effort == "none" { return false }
        guard efforts.contains(effort) else {
            throw .invalid(
                fields.path("reasoning_effort"), "must be none, minimal, low, medium, high, xhigh or max")
        }
        return true
    }

    /// Ollama's way: a truth value, or how much.
    static func think(_ fields: FieldReader) throws(APIError) -> Bool? {
        guard let value = fields.value("think") else { return nil }
        if let thinks = value.boolValue { return thinks }
        guard let effort = value.stringValue, efforts.contains(effort) else {
            throw .invalid(fields.path("think"), "must be true, false, \"low\", \"medium\", \"high\" or \"max\"")
        }
        return true
    }
}
