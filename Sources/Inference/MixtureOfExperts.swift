import ExpertStore
import Kernels

/// Routed experts, chosen per token, plus shared ones that every token uses.
///
/// Each distinct expert of a chunk is visited once, in whatever order its weights arrive. Outputs are kept apart
/// and summed in order of rank, so that the result depends neither on that order nor on the chunk.
struct MixtureOfExperts: FeedForward {
    let router: Router
    let experts: any RoutedExperts
    let shared: SwiGLU?

    func callAsFunction(
        _ x: ActivationView, residual: ActivationView, layer: Int, _ pass: ForwardPass
    ) throws -> Activations {
        let compute = pass.compute
        let choices = route(x, layer: layer, pass)
        let assignment = Assignment(choices, expertCount: router.configuration.nRoutedExperts)
        let outputs = compute.activations(rowCount: assignment.rowCount, width: x.width)
        let sum = compute.activations(rowCount: x.rowCount, width: x.width)
        // The shared experts go with the first routed ones, or before them: there is work while these are read.
        var pending = shared.map { [$0.product(into: sum.view)] } ?? []
        let input = MatrixInput(x)
        let uses = assignment.experts.map { ($0, assignment.tokens[$0].count) }
        let demand = ExpertDemand(layer: layer, tokenCount: x.rowCount, uses: uses)
        var lookahead = pass.lookahead
        try experts.visit(demand, isCancelled: pass.isCancelled) { ready in
            // The first thing that is done while this layer's missing experts are read.
            lookahead?.look(beyond: layer, residual, compute)
            lookahead = nil
            let products = ready.map { expert, weights in
                GatedProduct(
                    gate: weights.gate, up: weights.up, down: weights.down, tokens: assignment.tokens[expert],
                    into: outputs.rows(assignment.rows(of: expert)))
            }
            compute.multiply(pending + products, input)
            pending = []
        }
        if shared == nil { Compute.clear(sum.view) }
        compute.forEachRow(x.rowCount) { token in
            for (rank, choice) in choices[token].enumerated() {
                let row = assignment.row(token: token, rank: rank)
                Compute.add(outputs.row(row), scaledBy: choice.weight, to: sum.row(token))
            }
        }
        return sum
    }

    private func route(_ x: ActivationView, layer: Int, _ pass: ForwardPass) -> [[Router.Choice]] {
        let logits = pass.compute.activations(rowCount: x.rowCount, width: router.weights.rows)
        pass.compute.multiply(router.weights, x, into: logits.view)
        let forced = (0..<x.rowCount).map { pass.recorder?.forcedExperts(layer: layer, ahead: $0) }
        let choices = pass.compute.map(x.rowCount) { token in
            router.choose(logits.values(row: token), forced: forced[token])
        }
        for chosen in choices { pass.recorder?.record(chosen, layer: layer) }
        return choices
    }
}

/// Which tokens of a chunk use which expert, and where each output goes: all rows of an expert side by side.
private struct Assignment {
    /// Experts that any token uses, ascending.
    let experts: [Int]
    /// Tokens of each expert of the layer.
    let tokens: [[Int32]]
    /// Row of the first output of each expert.
    private let firstRows: [Int]
    /// Row of every choice, token by token.
    private let choiceRows: [[Int]]
    /// Outputs in all.
    let rowCount: Int

    init(_ choices: [[Router.Choice]], expertCount: Int) {
        var tokens = [[Int32]](repeating: [], count: expertCount)
        var places: [[Int]] = []
        for (token, chosen) in choices.enumerated() {
            places.append(chosen.map { tokens[$0.expert].count })
            for choice in chosen { tokens[choice.expert].append(Int32(token)) }
        }
        var firstRows: [Int] = []
        var rowCount = 0
        for users in tokens {
            firstRows.append(rowCount)
            rowCount += users.count
        }
        choiceRows = zip(choices, places).map { chosen, places in
            zip(chosen, places).map { firstRows[$0.expert] + $1 }
        }
        experts = tokens.indices.filter { !tokens[$0].isEmpty }
        self.tokens = tokens
        self.firstRows = firstRows
        self.rowCount = rowCount
    }

    func rows(of expert: Int) -> Range<Int> { firstRows[expert]..<firstRows[expert] + tokens[expert].count }

    func row(token: Int, rank: Int) -> Int { choiceRows[token][rank] }
}
