import JSON

/// Server-sent events as OpenAI's clients read them.
enum EventStream {
    static let contentType = "text/event-stream"
    /// The end of every stream that did not fail.
    static let done = Array("data: [DONE]\n\n".utf8)

    /// `data: {…` with these members, without the closing brace.
    static func head(_ members: JSONObject) -> [UInt8] {
        var bytes = Array("data: ".utf8)
        JSONValue.object(members).append(to: &bytes)
        bytes.removeLast()
        return bytes
    }

    /// A whole frame: a head, further members as text, and the value of the last of them.
    static func frame(_ head: [UInt8], _ members: String, _ last: JSONValue) -> [UInt8] {
        var bytes = head + Array(members.utf8)
        last.append(to: &bytes)
        return bytes + Array("}\n\n".utf8)
    }

    /// A failure after the response has begun: an ordinary frame, since clients do not look at the event name.
    static func failure(_ error: APIError) -> [UInt8] {
        var bytes = Array("data: ".utf8)
        error.body.append(to: &bytes)
        return bytes + Array("\n\n".utf8)
    }

    /// A comment, which clients skip: it shows that the daemon lives and keeps time-outs from firing.
    static func comment(_ wait: AnswerWait) -> [UInt8] {
        switch wait {
        case .turn(nil): Array(": queued\n\n".utf8)
        case .turn(let ahead?): Array(": queued \(ahead)\n\n".utf8)
        case .prompt(let processed, let total, _): Array(": prefill \(processed)/\(total)\n\n".utf8)
        }
    }
}
