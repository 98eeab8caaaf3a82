import Inference
import JSON

/// Writes the answer to a chat completion: events of a stream, or one document.
///
/// A chunk of text is a fixed prefix, the escaped text, and a fixed suffix: building a tree for each token would cost
/// a hundred times as much.
struct ChatEncoder: AnswerEncoder {
    static let contentType = EventStream.contentType

    private let identity: CompletionIdentity
    private let includesUsage: Bool
    private let returnsProgress: Bool
    private let tellsProbabilities: Bool
    /// `data: {"id":…,"model":…` up to and without the comma before the next member.
    private let head: [UInt8]
    private static let deltaPrefix = Array(",\"choices\":[{\"index\":0,\"delta\":".utf8)
    private static let contentPrefix = Array("{\"content\":".utf8)
    private static let reasoningPrefix = Array("{\"reasoning_content\":".utf8)
    private static let choiceSuffix = Array(",\"finish_reason\":null}]}\n\n".utf8)

    init(_ request: ChatRequest, _ identity: CompletionIdentity) {
        self.identity = identity
        includesUsage = request.includesUsage
        returnsProgress = request.returnsProgress
        tellsProbabilities = request.generation.likeliestCount != nil
        head = EventStream.head(identity.members("chat.completion.chunk"))
    }

    /// Who speaks.
    func begin() -> [UInt8] { chunk(Array("{\"role\":\"assistant\",\"content\":\"\"}".utf8), []) }

    func patience(_ wait: AnswerWait) -> [UInt8] { EventStream.comment(wait) }

    func progress(_ wait: AnswerWait, milliseconds: Int) -> [UInt8]? {
        guard returnsProgress else { return nil }
        switch wait {
        case .turn(let ahead?):
            return EventStream.frame(head, ",\"choices\":[],\"queued\":", JSONValue(ahead))
        case .turn(nil):
            return nil
        case .prompt(let processed, let total, let cached):
            return EventStream.frame(
                head, ",\"choices\":[],\"prompt_progress\":",
                [
                    "total": JSONValue(total), "cache": JSONValue(cached), "processed": JSONValue(processed),
                    "time_ms": JSONValue(milliseconds),
                ])
        }
    }

    /// A chunk for every part; probabilities go with the first.
    mutating func answer(_ parts: [AnswerPart], _ probabilities: [TokenLogProbability]) -> [UInt8] {
        if parts.isEmpty, !probabilities.isEmpty { return answer([.content("")], probabilities) }
        var bytes: [UInt8] = []
        var probabilities = probabilities
        for part in parts {
            bytes += chunk(Self.delta(part), probabilities)
            probabilities = []
        }
        return bytes
    }

    mutating func finish(_ summary: GenerationSummary) -> [UInt8] {
        let reason = summary.finishReason.rawValue
        var bytes = EventStream.frame(
            head, ",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"\(reason)\"}],\"timings\":",
            summary.timings)
        // The counts have a chunk of their own.
        if includesUsage { bytes += EventStream.frame(head, ",\"choices\":[],\"usage\":", summary.usage) }
        return bytes + EventStream.done
    }

    func failure(_ error: APIError) -> [UInt8] { EventStream.failure(error) }

    func document(_ answer: CollectedAnswer, _ summary: GenerationSummary) -> JSONValue {
        // What consists of calls alone has no content.
        let hasContent = !answer.content.isEmpty || answer.calls.isEmpty
        var message: JSONObject = ["role": "assistant", "content": hasContent ? .string(answer.content) : .null]
        if !answer.reasoning.isEmpty { message["reasoning_content"] = .string(answer.reasoning) }
        if !answer.calls.isEmpty {
            message["tool_calls"] = .array(
                answer.calls.map { call in
                    [
                        "id": .string(call.id), "type": "function",
                        "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
                    ]
                })
        }
        var document = identity.members("chat.completion")
        document["choices"] = [
            [
                "index": 0, "message": .object(message), "finish_reason": .string(summary.finishReason.rawValue),
                "logprobs": tellsProbabilities ? TokenLogProbability.chatList(answer.probabilities) : .null,
            ]
        ]
        document["usage"] = summary.usage
        document["timings"] = summary.timings
        return .object(document)
    }

    private func chunk(_ delta: [UInt8], _ probabilities: [TokenLogProbability]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(head.count + delta.count + 80)
        bytes += head
        bytes += Self.deltaPrefix
        bytes += delta
        if !probabilities.isEmpty {
            bytes += Array(",\"logprobs\":".utf8)
            TokenLogProbability.chatList(probabilities).append(to: &bytes)
        }
        bytes += Self.choiceSuffix
        return bytes
    }

    private static func delta(_ part: AnswerPart) -> [UInt8] {
        var bytes: [UInt8] = []
        switch part {
        case .content(let text):
            bytes += contentPrefix
            JSONValue.appendEscaped(text, to: &bytes)
            bytes.append(UInt8(ascii: "}"))
        case .reasoning(let text):
            bytes += reasoningPrefix
            JSONValue.appendEscaped(text, to: &bytes)
            bytes.append(UInt8(ascii: "}"))
        case .call(let index, let id, let name):
            let call: JSONValue = [
                "index": JSONValue(index), "id": .string(id), "type": "function",
                "function": ["name": .string(name), "arguments": ""],
            ]
            JSONValue.object(["tool_calls": [call]]).append(to: &bytes)
        case .arguments(let index, let text):
            let call: JSONValue = ["index": JSONValue(index), "function": ["arguments": .string(text)]]
            JSONValue.object(["tool_calls": [call]]).append(to: &bytes)
        }
        return bytes
    }
}
