/// What a layer wants of its routed experts for the tokens that pass through it together.
public struct ExpertDemand: Sendable {
    /// Decoder layer.
    public let layer: Int
    /// Tokens.
    public let tokenCount: Int
    /// Distinct experts, each with the number of tokens that use it.
    public let uses: [(expert: Int, tokenCount: Int)]

    /// The demand of `tokenCount` tokens.
    public init(layer: Int, tokenCount: Int, uses: [(expert: Int, tokenCount: Int)]) {
        self.layer = layer
        self.tokenCount = tokenCount
        self.uses = uses
    }

    /// The demand of one token.
    public init(layer: Int, experts: [Int]) {
        self.init(layer: layer, tokenCount: 1, uses: experts.map { ($0, 1) })
    }
}
