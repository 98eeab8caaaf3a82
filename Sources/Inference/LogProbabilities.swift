import Glibc
import Tokenizer

/// Probabilities of tokens as the model gives them, before sampling settings change anything.
struct LogProbabilities {
    private let logits: [Float]
    /// Logarithm of the sum of all exponentials.
    private let normalizer: Double

    /// The softmax of `logits`.
    init(_ logits: [Float]) {
        let largest = Double(logits.max() ?? 0)
        normalizer = largest + log(logits.reduce(0.0) { $0 + exp(Double($1) - largest) })
        self.logits = logits
    }

    /// The natural logarithm of a token's probability.
    subscript(token: TokenID) -> Float { Float(Double(logits[Int(token)]) - normalizer) }

    /// The likeliest tokens, the likeliest first; of equal ones the lower id.
    func likeliest(_ count: Int) -> [TokenID] {
        var best: [TokenID] = []
        guard count > 0 else { return [] }
        for index in logits.indices {
            if best.count == count, let last = best.last, logits[Int(last)] >= logits[index] { continue }
            let place = best.firstIndex { logits[Int($0)] < logits[index] } ?? best.count
            best.insert(TokenID(index), at: place)
            if best.count > count { best.removeLast() }
        }
        return best
    }

    /// What clients are told of `token` and of the `count` likeliest ones.
    func entry(_ token: TokenID, likeliest count: Int, _ tokenizer: Tokenizer) -> TokenLogProbability {
        let candidate = { (token: TokenID) in
            TokenLogProbability.Candidate(
                bytes: Array(tokenizer.bytes(of: token, skipSpecial: false)), logProbability: self[token])
        }
        return TokenLogProbability(chosen: candidate(token), likeliest: likeliest(count).map(candidate))
    }
}
