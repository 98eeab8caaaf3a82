import Checkpoint
import Glibc
import Grammar
import Tokenizer

/// Complete sampling settings of one generation.
public struct SamplingParameters: Sendable, Equatable {
    /// 0 picks the most likely token always.
    public var temperature: Float = 0
    /// Keep only the k most likely tokens; 0 keeps all.
    public var topK = 0
    /// Keep the smallest set whose probability reaches this.
    public var topP: Float = 1
    /// Drop tokens less likely than this share of the most likely one.
    public var minP: Float = 0
    /// Divides positive logits of tokens seen in prompt or answer, multiplies negative ones; 1 is off.
    public var repetitionPenalty: Float = 1
    /// Subtracted per occurrence in the answer.
    public var frequencyPenalty: Float = 0
    /// Subtracted once for tokens that occurred in the answer.
    public var presencePenalty: Float = 0
    /// Seed of the random numbers.
    public var seed: UInt64 = 0

    /// Greedy sampling.
    public init() {}

    /// What the client asked for over what the model recommends; a seed is drawn if none was given.
    public init(_ overrides: SamplingOverrides, defaults: SamplingDefaults) {
        temperature = overrides.temperature ?? defaults.temperature ?? temperature
        topK = overrides.topK ?? defaults.topK ?? topK
        topP = overrides.topP ?? defaults.topP ?? topP
        minP = overrides.minP ?? defaults.minP ?? minP
        repetitionPenalty = overrides.repetitionPenalty ?? defaults.repetitionPenalty ?? repetitionPenalty
        frequencyPenalty = overrides.frequencyPenalty ?? frequencyPenalty
        presencePenalty = overrides.presencePenalty ?? presencePenalty
        seed = overrides.seed ?? UInt64.random(in: .min ... .max)
    }
}

/// Chooses the next token from logits: penalties, temperature, top-k, top-p, min-p, then one draw.
///
/// The same logits, settings and seed give the same token; the lower id wins a tie.
public struct Sampler: Sendable {
    private let parameters: SamplingParameters
    /// Tokens that are never chosen.
    private let forbidden: [TokenID]
    /// What is added to logits first.
    private let bias: [TokenID: Float]
    private var random: SplitMix64
    private var promptTokens: Set<TokenID>
    private var answerCounts: [TokenID: Int] = [:]

    /// Tokens this much less likely (in units of the temperature) than the best one can be left out of sorting
    /// when the tail is cut anyway: e^-25 × the largest vocabulary is below 10⁻⁵.
    private static let tailDistance: Float = 25

    /// A sampler for an answer to `prompt` that never chooses one of `forbidden` and adds `bias` to the logits.
    public init(
        _ parameters: SamplingParameters, prompt: [TokenID], forbidden: [TokenID] = [], bias: [TokenID: Float] = [:]
    ) {
        self.parameters = parameters
        self.forbidden = forbidden
        self.bias = bias
        random = SplitMix64(state: parameters.seed)
        promptTokens = Set(prompt)
    }

    /// The next token.
    public mutating func next(_ logits: [Float]) -> TokenID { choose(adjusted(logits)) }

    /// The next token, one of `allowed`; `nil` if there is none.
    mutating func next(_ logits: [Float], allowed: TokenMask) -> TokenID? {
        var logits = adjusted(logits)
        for token in logits.indices where !allowed.contains(TokenID(token)) { logits[token] = -.infinity }
        return logits.contains { $0 > -.infinity } ? choose(logits) : nil
    }

    private func adjusted(_ logits: [Float]) -> [Float] {
        var logits = logits
        for (token, value) in bias where logits.indices.contains(Int(token)) { logits[Int(token)] += value }
        penalize(&logits)
        for token in forbidden where Int(token) < logits.count { logits[Int(token)] = -.infinity }
        return logits
    }

    private mutating func choose(_ logits: [Float]) -> TokenID {
        let token = parameters.temperature > 0 ? draw(logits) : Self.largest(logits)
        answerCounts[token, default: 0] += 1
        return token
    }

    private func penalize(_ logits: inout [Float]) {
        if parameters.repetitionPenalty != 1 {
            for token in promptTokens.union(answerCounts.keys) where Int(token) < logits.count {
                let logit = logits[Int(token)]
                logits[Int(token)] =
                    logit > 0 ? logit / parameters.repetitionPenalty : logit * parameters.repetitionPenalty
            }
        }
        if parameters.frequencyPenalty != 0 || parameters.presencePenalty != 0 {
            for (token, count) in answerCounts where Int(token) < logits.count {
                logits[Int(token)] -= Float(count) * parameters.frequencyPenalty + parameters.presencePenalty
            }
        }
    }

    private mutating func draw(_ logits: [Float]) -> TokenID {
        let best = logits[Int(Self.largest(logits))]
        let cutsTail = parameters.topK > 0 || parameters.topP < 0.999 || parameters.minP > 0
        var candidates: [(token: TokenID, probability: Float)] = []
        for (index, logit) in logits.enumerated() where logit > -.infinity {
            let distance = (best - logit) / parameters.temperature
            if cutsTail && distance > Self.tailDistance { continue }
            candidates.append((TokenID(index), expf(-distance)))
        }
        if cutsTail { cut(&candidates) }
        let total = candidates.reduce(0.0) { $0 + Double($1.probability) }
        var left = random.nextUnit() * total
        for candidate in candidates {
            left -= Double(candidate.probability)
            if left < 0 { return candidate.token }
        }
        return candidates.last?.token ?? 0
    }

    /// Sorts the candidates, most likely first, and drops those beyond top-k, top-p and min-p.
    private func cut(_ candidates: inout [(token: TokenID, probability: Float)]) {
        candidates.sort { $0.probability == $1.probability ? $0.token < $1.token : $0.probability > $1.probability }
        if parameters.topK > 0 { candidates.removeLast(max(0, candidates.count - parameters.topK)) }
        if parameters.topP < 1 {
            let limit = Double(parameters.topP) * candidates.reduce(0.0) { $0 + Double($1.probability) }
            var sum = 0.0
            var kept = 0
            while kept < candidates.count && (kept == 0 || sum < limit) {
                sum += Double(candidates[kept].probability)
                kept += 1
            }
            candidates.removeLast(candidates.count - kept)
        }
        let floor = min(parameters.minP, 1) * (candidates.first?.probability ?? 0)
        candidates.removeAll { $0.probability < floor }
    }

    private static func largest(_ logits: [Float]) -> TokenID {
        var best = 0
        for index in logits.indices where logits[index] > logits[best] { best = index }
        return TokenID(best)
    }
}

/// A small seeded generator (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
struct SplitMix64: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0..<1.
    mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
