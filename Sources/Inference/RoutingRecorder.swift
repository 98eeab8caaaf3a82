/// Records the experts chosen per layer and token, or makes the routers take given ones.
public final class RoutingRecorder {
    /// Chosen experts with their weights: `choices[layer][token]`.
    public private(set) var choices: [Int: [[Router.Choice]]] = [:]
    private let forced: [Int: [[Int]]]

    /// An empty record; with `forced[layer][token]`, those experts are taken instead of the routers' own choice.
    public init(forcing forced: [Int: [[Int]]] = [:]) { self.forced = forced }

    func record(_ chosen: [Router.Choice], layer: Int) { choices[layer, default: []].append(chosen) }

    /// The experts that the next token of `layer` has to take.
    func forcedExperts(layer: Int, ahead: Int) -> [Int]? {
        let next = (choices[layer]?.count ?? 0) + ahead
        return forced[layer].flatMap { next < $0.count ? $0[next] : nil }
    }
}
