import Checkpoint
import Glibc
import Kernels

/// Chooses the experts of a token (DeepSeek-V2 §2.2, DeepSeek-V3 §2.1.2).
///
/// Experts are chosen by biased scores and weighted with the unbiased ones.
public struct Router: Sendable {
    /// A chosen expert and the weight of its output.
    public struct Choice: Sendable, Equatable {
        /// Index of the expert.
        public var expert: Int
        /// Factor of its output.
        public var weight: Float
    }

    let weights: WeightMatrix
    let correctionBias: WeightVector?
    let configuration: ExpertConfiguration

    /// The experts for one token, best first, from the router's logits; `forced` ones are weighted, not chosen.
    func choose(_ logits: [Float], forced: [Int]? = nil) -> [Choice] {
        let scores = configuration.scoring == .softmax ? Self.softmax(logits) : logits.map { 1 / (1 + expf(-$0)) }
        var preference = scores
        if let correctionBias { for index in preference.indices { preference[index] += correctionBias[index] } }
        if configuration.nGroup > 1 { limitToGroups(&preference) }
        let chosen = forced ?? Self.largest(configuration.numExpertsPerTok, of: preference)
        var weights = chosen.map { scores[$0] }
        if configuration.normTopkProb {
            let sum = weights.reduce(0, +) + 1e-20
            for index in weights.indices { weights[index] /= sum }
        }
        return zip(chosen, weights).map { Choice(expert: $0, weight: $1 * configuration.routedScalingFactor) }
    }

    /// Takes the experts of all but the best groups out of the choice.
    private func limitToGroups(_ preference: inout [Float]) {
        let size = preference.count / configuration.nGroup
        let groupScores = (0..<configuration.nGroup).map { group -> Float in
            let best = preference[group * size..<(group + 1) * size].sorted(by: >)
            return configuration.scoring == .sigmoid ? best[0] + best[1] : best[0]
        }
        let kept = Set(Self.largest(configuration.topkGroup, of: groupScores))
        let excluded: Float = configuration.scoring == .sigmoid ? -.infinity : 0
        for group in 0..<configuration.nGroup where !kept.contains(group) {
            for expert in group * size..<(group + 1) * size { preference[expert] = excluded }
        }
    }

    /// Indices of the `count` largest values, largest first; the lower index wins a tie.
    static func largest(_ count: Int, of values: [Float]) -> [Int] {
        values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1] }.prefix(count).map { $0 }
    }

    private static func softmax(_ logits: [Float]) -> [Float] {
        let largest = logits.max() ?? 0
        let exponentials = logits.map { expf($0 - largest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }
}
