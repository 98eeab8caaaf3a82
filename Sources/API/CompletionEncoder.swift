import Inference
import JSON

/// Writes the answer to a text completion: events of a stream, or one document.
struct CompletionEncoder: AnswerEncoder {
    static let contentType = EventStream.contentType

    private let identity: CompletionIdentity
    private let includesUsage: Bool
    private let tellsProbabilities: Bool
    /// The prompt, where it is repeated before the answer.
    private let echo: String
    private let head: [UInt8]
    /// Characters sent so far.
    private var offset: Int

    init(_ request: CompletionRequest, _ identity: CompletionIdentity) {
        self.identity = identity
        includesUsage = request.includesUsage
        tellsProbabilities = request.generation.likeliestCount != nil
        echo = request.echo
        head = EventStream.head(identity.members("text_completion"))
        offset = echo.unicodeScalars.count
    }

    func begin() -> [UInt8] { echo.isEmpty ? [] : chunk(echo, []) }

    func patience(_ wait: AnswerWait) -> [UInt8] { EventStream.comment(wait) }

    func progress(_ wait: AnswerWait, milliseconds: Int) -> [UInt8]? { nil }

    mutating func answer(_ parts: [AnswerPart], _ probabilities: [TokenLogProbability]) -> [UInt8] {
        var answer = CollectedAnswer()
        answer.add(parts, [])
        defer { offset += probabilities.reduce(0) { $0 + $1.chosen.scalarCount } }
        return chunk(answer.text, probabilities)
    }

    mutating func finish(_ summary: GenerationSummary) -> [UInt8] {
        let reason = Self.reason(summary)
        var bytes = EventStream.frame(
            head,
            ",\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"\(reason)\",\"logprobs\":null}],\"timings\":",
            summary.timings)
        if includesUsage { bytes += EventStream.frame(head, ",\"choices\":[],\"usage\":", summary.usage) }
        return bytes + EventStream.done
    }

    func failure(_ error: APIError) -> [UInt8] { EventStream.failure(error) }

    func document(_ answer: CollectedAnswer, _ summary: GenerationSummary) -> JSONValue {
        var document = identity.members("text_completion")
        document["choices"] = [
            [
                "index": 0, "text": .string(echo + answer.text), "finish_reason": .string(Self.reason(summary)),
                "logprobs": tellsProbabilities
                    ? TokenLogProbability.textList(answer.probabilities, offset: offset) : .null,
            ]
        ]
        document["usage"] = summary.usage
        document["timings"] = summary.timings
        return .object(document)
    }

    private func chunk(_ text: String, _ probabilities: [TokenLogProbability]) -> [UInt8] {
        var bytes = head + Array(",\"choices\":[{\"index\":0,\"text\":".utf8)
        JSONValue.appendEscaped(text, to: &bytes)
        bytes += Array(",\"finish_reason\":null,\"logprobs\":".utf8)
        let list: JSONValue =
            probabilities.isEmpty ? .null : TokenLogProbability.textList(probabilities, offset: offset)
        list.append(to: &bytes)
        return bytes + Array("}]}\n\n".utf8)
    }

    /// A continued text has no calls.
    private static func reason(_ summary: GenerationSummary) -> String {
        summary.finishReason == .length ? "length" : "stop"
    }
}

extension CollectedAnswer {
    /// All that was written, where nothing is told apart.
    fileprivate var text: String { reasoning + content }
}
