/// A routed expert of a model.
public struct ExpertKey: Sendable, Hashable {
    /// Decoder layer.
    public let layer: Int
    /// Number within the layer.
    public let expert: Int

    /// The expert number `expert` of `layer`.
    public init(layer: Int, expert: Int) {
        self.layer = layer
        self.expert = expert
    }
}
