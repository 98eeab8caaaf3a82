extension Program {
    /// Follows all edges that read nothing.
    ///
    /// - Returns: the positions that read something, in ascending order, and whether the bottom rule may end.
    /// - Parameter horizon: how far a token may reach, if counts that are farther from their bounds need not be told.
    func settle(_ seeds: [Position], in arena: inout StackArena, horizon: Int32? = nil) -> Settlement {
        var pending = seeds
        var seen = Set(seeds)
        var found: [Position] = []
        var ends = false
        func visit(_ position: Position) {
            if seen.insert(position).inserted { pending.append(position) }
        }
        while let position = pending.popLast() {
            if reads[Int(position.state)] { found.append(position) }
            if accepting[Int(position.state)] {
                if position.stack == StackArena.bottom {
                    ends = true
                } else {
                    visit(arena.caller(of: position.stack))
                }
            }
            for edge in edges(of: position.state) {
                switch edge.kind {
                case .bytes, .marker, .otherMarkers: break
                case .free: visit(Position(edge.to, position.count, position.stack))
                case .step:
                    if let count = next(after: position.count, at: position.state) {
                        visit(Position(edge.to, count, position.stack))
                    }
                case .leave:
                    let minimum = rules[Int(ruleOfState[Int(position.state)])].minimum
                    if position.count >= minimum || position.count == Self.farBetween {
                        visit(Position(edge.to, position.count, position.stack))
                    }
                case .call:
                    // A call whose return only ends the caller is a jump: lists of lists do not pile up returns.
                    let returns = onlyEnds[Int(edge.to)]
                    let stack =
                        returns ? position.stack : arena.push(Position(edge.to, position.count, position.stack))
                    let start = rules[Int(edge.argument)].start
                    let count = horizon.map { representative(of: 0, in: start, horizon: $0) } ?? 0
                    visit(Position(start, count, stack))
                }
            }
        }
        found.sort()
        return Settlement(positions: found, ends: ends)
    }

    /// The count after a step; `nil` if there may be none.
    private func next(after count: Int32, at state: Int32) -> Int32? {
        if count < 0 { return count }
        let rule = rules[Int(ruleOfState[Int(state)])]
        guard count < rule.maximum else { return nil }
        // Without a maximum only the way to the minimum is worth counting.
        return rule.maximum == .max ? min(count, rule.minimum - 1) + 1 : count + 1
    }

    /// Where the answer begins.
    func beginning(in arena: inout StackArena) -> Settlement {
        settle([Position(rules[Int(start)].start, 0, StackArena.bottom)], in: &arena)
    }

    /// Reads a byte everywhere.
    func read(
        _ byte: UInt8, from positions: [Position], in arena: inout StackArena, horizon: Int32? = nil
    ) -> Settlement {
        var seeds: [Position] = []
        for position in positions {
            for edge in edges(of: position.state)
            where edge.kind == .bytes && edge.low <= byte && byte <= edge.high {
                seeds.append(Position(edge.to, position.count, position.stack))
            }
        }
        return seeds.isEmpty ? Settlement(positions: [], ends: false) : settle(seeds, in: &arena, horizon: horizon)
    }

    /// Reads a special token everywhere.
    func read(marker: Int32, from positions: [Position], in arena: inout StackArena) -> Settlement {
        var seeds: [Position] = []
        for position in positions {
            for edge in edges(of: position.state) where takes(marker, edge) {
                seeds.append(Position(edge.to, position.count, position.stack))
            }
        }
        return seeds.isEmpty ? Settlement(positions: [], ends: false) : settle(seeds, in: &arena)
    }

    private func takes(_ marker: Int32, _ edge: Edge) -> Bool {
        switch edge.kind {
        case .marker: edge.argument == marker
        case .otherMarkers: !exclusions[Int(edge.argument)].contains(marker)
        case .bytes, .free, .step, .leave, .call: false
        }
    }
}
