/// Texts from machines and lists.
extension ProgramBuilder {
    /// A string whose text a machine accepts, of a length within bounds.
    ///
    /// States are pairs of the machine's state and the length so far, which is not counted beyond what matters.
    mutating func text(_ machine: TextMachine, _ lengths: CountRange) -> Int32 {
        struct Place: Hashable {
            let state: Int
            let length: Int32
        }
        let rule = self.rule()
        let (end, first) = (state(in: rule, accepting: true), state(in: rule))
        anyOf("\"", from: start(of: rule), to: first)
        var states = [Place(state: 0, length: 0): first]
        var pending = [Place(state: 0, length: 0)]
        let isBounded = lengths.most != .max
        while let place = pending.popLast() {
            guard let here = states[place] else { continue }
            if machine.accepting[place.state], place.length >= lengths.least { anyOf("\"", from: here, to: end) }
            guard !isBounded || place.length < lengths.most else { continue }
            let length = isBounded ? place.length + 1 : min(place.length + 1, lengths.least)
            for way in machine.ways[place.state] {
                let next = Place(state: way.to, length: length)
                let target = states[next] ?? state(in: rule)
                if states.updateValue(target, forKey: next) == nil { pending.append(next) }
                character(of: way.set, from: here, to: target)
            }
        }
        return rule
    }

    /// One of these texts, as a tree: beginnings are shared, so that a long list stays deterministic.
    ///
    /// - Returns: false if that would take more than `limit` states in all.
    mutating func addLiterals(_ texts: [[UInt8]], from: Int32, to: Int32, limit: Int) -> Bool {
        let sorted = texts.sorted { $0.lexicographicallyPrecedes($1) }
        // The state after each byte of the last text: the next text, its neighbour, shares a beginning with it.
        var path = [from]
        var last: [UInt8] = []
        for text in sorted {
            var shared = 0
            while shared < min(text.count, last.count), text[shared] == last[shared] { shared += 1 }
            path.removeSubrange((shared + 1)...)
            guard stateCount + text.count - shared <= limit else { return false }
            for byte in text[shared...] {
                let next = state(like: from)
                bytes(byte, byte, from: path[path.count - 1], to: next)
                path.append(next)
            }
            free(from: path[path.count - 1], to: to)
            last = text
        }
        return true
    }
}
