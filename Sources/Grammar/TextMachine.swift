/// A deterministic machine over the code points of a text.
struct TextMachine: Sendable {
    /// A way from one state to another.
    struct Way: Sendable {
        let set: CodePointSet
        let to: Int
    }

    /// The ways of each state; their sets do not overlap. The first state is the start.
    var ways: [[Way]]
    /// Whether a text may end in each state.
    var accepting: [Bool]

    /// Whether a text is one of the machine's.
    func accepts(_ text: String) -> Bool {
        var state = 0
        for scalar in text.unicodeScalars {
            guard let way = ways[state].first(where: { $0.set.contains(scalar.value) }) else { return false }
            state = way.to
        }
        return accepting[state]
    }

    /// The machine of the texts that both accept.
    func intersection(_ other: TextMachine, steps: inout Int) throws(PatternError) -> TextMachine {
        var result = TextMachine(ways: [], accepting: [])
        var numbers: [[Int]: Int] = [[0, 0]: 0]
        var pairs = [[0, 0]]
        var index = 0
        while index < pairs.count {
            let (left, right) = (pairs[index][0], pairs[index][1])
            var found: [Way] = []
            for way in ways[left] {
                for otherWay in other.ways[right] {
                    steps -= 8 * (way.set.ranges.count + otherWay.set.ranges.count)
                    guard steps > 0 else {
                        throw PatternError(message: "patterns are too complex together; simplify them")
                    }
                    let set = way.set.intersection(otherWay.set)
                    guard !set.isEmpty else { continue }
                    let pair = [way.to, otherWay.to]
                    let number = numbers[pair] ?? pairs.count
                    if number == pairs.count { pairs.append(pair) }
                    numbers[pair] = number
                    found.append(Way(set: set, to: number))
                }
            }
            result.ways.append(found)
            result.accepting.append(accepting[left] && other.accepting[right])
            index += 1
        }
        return result
    }
}
