import Inference
import JSON

/// Writes Ollama's answers: lines of a stream, or one document. A tool call is told when its arguments are complete,
/// for they are an object.
struct OllamaEncoder: AnswerEncoder {
    /// Whose answers: they differ in where the text is.
    enum Kind: Sendable {
        /// `/api/chat`
        case chat
        /// `/api/generate`
        case generate
    }

    static let contentType = "application/x-ndjson"

    private let kind: Kind
    /// `{"model":…,"created_at":"` up to the time.
    private let head: [UInt8]
    private let model: String
    private let tellsProbabilities: Bool
    private let began = ContinuousClock.now
    /// The call whose arguments still arrive, and how many came before it.
    private var call: CollectedAnswer.Call?
    private var callCount = 0

    init(_ kind: Kind, model: String, tellsProbabilities: Bool = false) {
        self.kind = kind
        self.model = model
        self.tellsProbabilities = tellsProbabilities
        var bytes = Array("{\"model\":".utf8)
        JSONValue.appendEscaped(model, to: &bytes)
        head = bytes + Array(",\"created_at\":\"".utf8)
    }

    func begin() -> [UInt8] { [] }

    /// There are no comments between the lines of this dialect: a line without text is the least that can be said.
    func patience(_ wait: AnswerWait) -> [UInt8] { line(text(""), []) }

    func progress(_ wait: AnswerWait, milliseconds: Int) -> [UInt8]? { nil }

    mutating func answer(_ parts: [AnswerPart], _ probabilities: [TokenLogProbability]) -> [UInt8] {
        var bytes: [UInt8] = []
        var probabilities = probabilities
        for part in parts {
            let fields: [UInt8]
            switch part {
            case .content(let piece):
                bytes += endOfCall()
                fields = text(piece)
            case .reasoning(let piece):
                bytes += endOfCall()
                fields = text("", thinking: piece)
            case .call(_, let id, let name):
                bytes += endOfCall()
                call = CollectedAnswer.Call(id: id, name: name)
                continue
            case .arguments(_, let piece):
                call?.arguments += piece
                continue
            }
            bytes += line(fields, probabilities)
            probabilities = []
        }
        if !probabilities.isEmpty { bytes += line(text(""), probabilities) }
        return bytes
    }

    mutating func finish(_ summary: GenerationSummary) -> [UInt8] {
        var end = members
        end.append(contentName, content(""))
        for member in ending(summary) { end[member.name] = member.value }
        var bytes = endOfCall()
        JSONValue.object(end).append(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    func failure(_ error: APIError) -> [UInt8] {
        var bytes: [UInt8] = []
        Dialect.ollama.body(of: error).append(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    func document(_ answer: CollectedAnswer, _ summary: GenerationSummary) -> JSONValue {
        var document = members
        let calls = answer.calls.enumerated().compactMap { Self.document($1, index: $0) }
        document.append(contentName, content(answer.content, thinking: answer.reasoning, calls: calls))
        if kind == .generate, !answer.reasoning.isEmpty { document["thinking"] = .string(answer.reasoning) }
        if tellsProbabilities { document["logprobs"] = .array(answer.probabilities.map(\.entry)) }
        for member in ending(summary) { document[member.name] = member.value }
        return .object(document)
    }

    /// The answer to a request that loads or unloads the model.
    func document(reason: String) -> JSONValue {
        var document = members
        document.append(contentName, content(""))
        document["done"] = true
        document["done_reason"] = .string(reason)
        return .object(document)
    }

    // MARK: - Lines

    private func line(_ fields: [UInt8], _ probabilities: [TokenLogProbability]) -> [UInt8] {
        var bytes = head
        bytes.reserveCapacity(head.count + fields.count + 80)
        bytes += Array(Timestamp.now().utf8)
        bytes += Array("\",".utf8)
        bytes += fields
        if !probabilities.isEmpty {
            bytes += Array(",\"logprobs\":".utf8)
            JSONValue.array(probabilities.map(\.entry)).append(to: &bytes)
        }
        return bytes + Array(",\"done\":false}\n".utf8)
    }

    /// The members that hold text.
    private func text(_ content: String, thinking: String? = nil) -> [UInt8] {
        var bytes = Array((kind == .chat ? "\"message\":{\"role\":\"assistant\",\"content\":" : "\"response\":").utf8)
        JSONValue.appendEscaped(content, to: &bytes)
        if let thinking {
            bytes += Array(",\"thinking\":".utf8)
            JSONValue.appendEscaped(thinking, to: &bytes)
        }
        if kind == .chat { bytes.append(UInt8(ascii: "}")) }
        return bytes
    }

    private mutating func endOfCall() -> [UInt8] {
        guard let call else { return [] }
        defer {
            self.call = nil
            callCount += 1
        }
        // An answer that was cut short may end within the arguments: half an object cannot be told.
        guard kind == .chat, let document = Self.document(call, index: callCount) else { return [] }
        var bytes = Array("\"message\":".utf8)
        content("", calls: [document]).append(to: &bytes)
        return line(bytes, [])
    }

    // MARK: - Documents

    private var members: JSONObject { ["model": .string(model), "created_at": .string(Timestamp.now())] }

    private var contentName: String { kind == .chat ? "message" : "response" }

    private func content(_ text: String, thinking: String = "", calls: [JSONValue] = []) -> JSONValue {
        guard kind == .chat else { return .string(text) }
        var message: JSONObject = ["role": "assistant", "content": .string(text)]
        if !thinking.isEmpty { message["thinking"] = .string(thinking) }
        if !calls.isEmpty { message["tool_calls"] = .array(calls) }
        return .object(message)
    }

    private static func document(_ call: CollectedAnswer.Call, index: Int) -> JSONValue? {
        let text = call.arguments.isEmpty ? "{}" : call.arguments
        guard let arguments = try? JSONValue.parse(text), arguments.objectValue != nil else { return nil }
        return [
            "id": .string(call.id),
            "function": ["index": JSONValue(index), "name": .string(call.name), "arguments": arguments],
        ]
    }

    private func ending(_ summary: GenerationSummary) -> [JSONMember] {
        let total = (ContinuousClock.now - began) / .nanoseconds(1)
        let end: JSONObject = [
            "done": true, "done_reason": summary.finishReason == .length ? "length" : "stop",
            "total_duration": Self.nanoseconds(total / 1e9), "load_duration": Self.nanoseconds(summary.loadSeconds),
            "prompt_eval_count": JSONValue(summary.promptTokenCount),
            "prompt_eval_duration": Self.nanoseconds(summary.prefillSeconds),
            "eval_count": JSONValue(summary.completionTokenCount),
            "eval_duration": Self.nanoseconds(summary.decodeSeconds),
        ]
        return end.members
    }

    private static func nanoseconds(_ seconds: Double) -> JSONValue {
        JSONValue(seconds >= 0 && seconds < 9e9 ? Int(seconds * 1e9) : 0)
    }
}
