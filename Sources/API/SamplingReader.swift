import Inference
import Tokenizer

/// Reads how to sample and when to stop. The names are OpenAI's, llama.cpp's and Ollama's: they do not contradict.
enum SamplingReader {
    /// The settings that the client gave.
    static func sampling(_ fields: FieldReader) throws(APIError) -> SamplingOverrides {
        var sampling = SamplingOverrides()
        sampling.temperature = try fields.number("temperature", in: 0...2)
        sampling.topP = try fields.number("top_p", in: 0...1)
        sampling.minP = try fields.number("min_p", in: 0...1)
        // llama.cpp's clients write -1 for "all".
        sampling.topK = try fields.integer("top_k", in: -1 ... .max).map { max(0, $0) }
        sampling.frequencyPenalty = try fields.number("frequency_penalty", in: -2...2)
        sampling.presencePenalty = try fields.number("presence_penalty", in: -2...2)
        let penalties = 0.01...100.0
        sampling.repetitionPenalty =
            if let penalty = try fields.number("repetition_penalty", in: penalties) {
                penalty
            } else {
                try fields.number("repeat_penalty", in: penalties)
            }
        sampling.seed = try seed(fields)
        return sampling
    }

    /// Any 64-bit integer; -1 draws one, as in llama.cpp.
    private static func seed(_ fields: FieldReader) throws(APIError) -> UInt64? {
        guard let value = fields.value("seed") else { return nil }
        if let seed = value.intValue { return seed == -1 ? nil : UInt64(bitPattern: Int64(seed)) }
        guard case .number(let number) = value, let seed = UInt64(number.literal) else {
            throw .invalid(fields.path("seed"), "must be a 64-bit integer")
        }
        return seed
    }

    /// The limit under the first of its names that the client used, else `standard`; `nil` is none.
    static func maximumTokens(
        _ fields: FieldReader, _ names: String..., standard: Int? = nil
    ) throws(APIError) -> Int? {
        for name in names {
            guard let count = try fields.integer(name, in: -1 ... .max) else { continue }
            guard count != 0 else { throw .invalid(fields.path(name), "must be at least 1") }
            // -1 is llama.cpp's "no limit".
            return count < 0 ? nil : count
        }
        return standard
    }

    /// One string or several.
    static func stop(_ fields: FieldReader, atMost limit: Int) throws(APIError) -> [String] {
        guard let value = fields.value("stop") else { return [] }
        let name = fields.path("stop")
        var strings: [String] = []
        if let string = value.stringValue {
            strings = [string]
        } else if let array = value.arrayValue {
            for element in array {
                guard let string = element.stringValue else { throw .invalid(name, "must hold strings only") }
                strings.append(string)
            }
        } else {
            throw .invalid(name, "must be a string or an array of strings")
        }
        guard strings.count <= limit else { throw .invalid(name, "must hold at most \(limit) strings") }
        guard !strings.contains("") else { throw .invalid(name, "must not hold an empty string") }
        return strings
    }

    /// Token ids and what is added to their logits. Whether the vocabulary has them, the engine knows.
    static func logitBias(_ fields: FieldReader) throws(APIError) -> [TokenID: Float] {
        guard let biases = try fields.object("logit_bias") else { return [:] }
        var bias: [TokenID: Float] = [:]
        for member in biases.members {
            // Int32("+5") is a number, but no id that anybody writes.
            guard member.name.utf8.allSatisfy({ (48...57).contains($0) }), let token = TokenID(member.name) else {
                throw .invalid(biases.path(String(member.name.prefix(40))), "is not a token id")
            }
            guard let value = try biases.number(member.name, in: -100...100) else { continue }
            bias[token] = value
        }
        return bias
    }

    /// How long the client is ready to wait for the whole answer, queue included; ours, in seconds.
    static func timeout(_ fields: FieldReader) throws(APIError) -> Duration? {
        guard let seconds = try fields.number("timeout", in: 0...86_400) else { return nil }
        return .milliseconds(Int(seconds * 1000))
    }

    /// How many of the likeliest tokens a chat completion shows; `nil` if it shows no probabilities.
    static func likeliestCount(_ fields: FieldReader) throws(APIError) -> Int? {
        let isAsked = try fields.bool("logprobs") ?? false
        let count = try fields.integer("top_logprobs", in: 0...20)
        if !isAsked, let count, count > 0 {
            throw .invalid(fields.path("top_logprobs"), "needs 'logprobs' to be true")
        }
        return isAsked ? count ?? 0 : nil
    }
}
