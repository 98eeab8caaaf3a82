import Glibc

/// How often experts were used, with uses counting half after a number of tokens. Experts that have left the cache are
/// remembered: below the experts of one token nothing would be known otherwise.
///
/// All rates of a layer fall alike, so their order changes only by uses.
struct UsageRates {
    /// Tokens after which a use counts half.
    private let halfLife: Double
    /// Uses of each expert: the logarithm (to 2) of their sum, counted as of the layer's first token.
    private var logarithms: [ExpertKey: Double] = [:]
    /// Tokens that each layer has seen, and what a use of the latest visit counts.
    private var layers: [(tokenCount: Int, useWeight: Double)] = []

    init(halfLife: Double) {
        precondition(halfLife > 0, "uses count less with time")
        self.halfLife = halfLife
    }

    /// Lets `tokenCount` tokens pass through `layer`.
    ///
    /// Those of a chunk count as if they came one by one, evenly mixed: otherwise a long prompt would outweigh what
    /// is generated after it for as long again.
    mutating func visit(layer: Int, tokenCount: Int) {
        while layers.count <= layer { layers.append((tokenCount: 0, useWeight: 1)) }
        layers[layer].tokenCount += tokenCount
        let count = Double(max(1, tokenCount))
        layers[layer].useWeight = (1 - exp2(-count / halfLife)) / (count * (1 - exp2(-1 / halfLife)))
    }

    /// Counts the uses of `key` by `tokenCount` tokens of the visit; what `logarithm` is from now on.
    mutating func use(_ key: ExpertKey, tokenCount: Int) -> Double {
        let weight = layers.indices.contains(key.layer) ? layers[key.layer].useWeight : 1
        let added = age(ofLayer: key.layer) + log2(weight * Double(max(1, tokenCount)))
        // The smaller of both may be too small for a power of its own.
        let logarithm = logarithms[key].map { max($0, added) + log2(1 + exp2(-abs(added - $0))) } ?? added
        logarithms[key] = logarithm
        return logarithm
    }

    /// Takes `rate`, uses per token, for what is known of `key` so far.
    mutating func learn(_ key: ExpertKey, rate: Double) {
        guard rate > 0 else { return }
        logarithms[key] = log2(rate / (1 - exp2(-1 / halfLife))) + age(ofLayer: key.layer)
    }

    /// What `use` gave for `key` last; nothing is less than that of an expert that was never used.
    func logarithm(of key: ExpertKey) -> Double { logarithms[key] ?? -.infinity }

    /// Half-lives since the first token of `layer`: what the logarithm of a rate has to be lessened by.
    func age(ofLayer layer: Int) -> Double {
        layers.indices.contains(layer) ? Double(layers[layer].tokenCount) / halfLife : 0
    }

    /// Uses per token, for the logarithm of an expert of `layer`.
    func rate(logarithm: Double, layer: Int) -> Double {
        exp2(logarithm - age(ofLayer: layer)) * (1 - exp2(-1 / halfLife))
    }
}
