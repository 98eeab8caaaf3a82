extension ProgramBuilder {
    /// The program whose answers are those of a rule, without what leads nowhere.
    mutating func finish(start: Int32) -> Program {
        let live = liveStates()
        edges = edges.filter { isLive($0, live) }
        let (sorted, first) = edgesByState(target: false)
        return Program(
            edges: sorted, firstEdge: first, accepting: accepting, ruleOfState: ruleOfState, rules: rules,
            start: start, exclusions: exclusions)
    }

    /// Whether each rule has a text at all.
    func productiveRules() -> [Bool] {
        let live = liveStates()
        return rules.map { live[Int($0.start)] }
    }

    private func isLive(_ edge: Edge, _ live: [Bool]) -> Bool {
        live[Int(edge.to)] && (edge.kind != .call || live[Int(start(of: edge.argument))])
    }

    /// Which states can reach the end of their rule, through rules that can: found backwards from the ends.
    private func liveStates() -> [Bool] {
        var live = accepting
        let (incoming, firstIncoming) = edgesByState(target: true)
        var callers: [[Int32]] = Array(repeating: [], count: rules.count)
        for (index, edge) in edges.enumerated() where edge.kind == .call {
            callers[Int(edge.argument)].append(Int32(index))
        }
        var ruleOfStart = [Int32](repeating: -1, count: accepting.count)
        for (rule, value) in rules.enumerated() { ruleOfStart[Int(value.start)] = Int32(rule) }
        var pending = live.indices.filter { live[$0] }.map { Int32($0) }
        while let state = pending.popLast() {
            for edge in incoming[Int(firstIncoming[Int(state)])..<Int(firstIncoming[Int(state) + 1])]
            where !live[Int(edge.from)] && isLive(edge, live) {
                live[Int(edge.from)] = true
                pending.append(edge.from)
            }
            let rule = Int(ruleOfStart[Int(state)])
            guard rule >= 0 else { continue }
            for index in callers[rule] {
                let edge = edges[Int(index)]
                guard live[Int(edge.to)], !live[Int(edge.from)] else { continue }
                live[Int(edge.from)] = true
                pending.append(edge.from)
            }
        }
        return live
    }

    /// The edges by the state at one of their sides, in the order they were made.
    private func edgesByState(target: Bool) -> (edges: [Edge], first: [Int32]) {
        var first = [Int32](repeating: 0, count: accepting.count + 1)
        for edge in edges { first[Int(target ? edge.to : edge.from) + 1] += 1 }
        for state in accepting.indices { first[state + 1] += first[state] }
        guard var sorted = edges.first.map({ Array(repeating: $0, count: edges.count) }) else { return ([], first) }
        var free = first
        for edge in edges {
            let state = Int(target ? edge.to : edge.from)
            sorted[Int(free[state])] = edge
            free[state] += 1
        }
        return (sorted, first)
    }
}
