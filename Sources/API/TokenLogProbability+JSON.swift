import Inference
import JSON

extension TokenLogProbability {
    /// The `logprobs` object of a chat completion.
    static func chatList(_ entries: [TokenLogProbability]) -> JSONValue {
        ["content": .array(entries.map(\.entry)), "refusal": nil]
    }

    /// One token, as chat completions and Ollama show it.
    var entry: JSONValue {
        var members = chosen.members
        members["top_logprobs"] = .array(likeliest.map { .object($0.members) })
        return .object(members)
    }

    /// The `logprobs` object of a text completion; `offset` is where its first token begins in the text.
    static func textList(_ entries: [TokenLogProbability], offset: Int) -> JSONValue {
        var place = offset
        var offsets: [JSONValue] = []
        for entry in entries {
            offsets.append(JSONValue(place))
            place += entry.chosen.scalarCount
        }
        return [
            "tokens": .array(entries.map { .string($0.chosen.text) }),
            "token_logprobs": .array(entries.map { $0.chosen.number }),
            "top_logprobs": .array(entries.map { .object($0.candidatesByText) }), "text_offset": .array(offsets),
        ]
    }

    /// The likeliest tokens and the one that came. Two tokens that are no text look alike; the likelier one counts.
    private var candidatesByText: JSONObject {
        var members: JSONObject = [:]
        for candidate in likeliest + [chosen] where members[candidate.text] == nil {
            members[candidate.text] = candidate.number
        }
        return members
    }
}

extension TokenLogProbability.Candidate {
    /// Characters that begin in these bytes: summed over tokens, the length of their text.
    var scalarCount: Int { bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }

    fileprivate var members: JSONObject {
        [
            "token": .string(text), "logprob": number, "bytes": .array(bytes.map { JSONValue(Int($0)) }),
        ]
    }

    /// The logarithm in as few digits as it takes; OpenAI writes -9999 for what cannot come.
    fileprivate var number: JSONValue {
        guard logProbability > -9999 else { return -9999 }
        return JSONNumber(literal: logProbability.description).map { .number($0) } ?? .null
    }
}
