/// A pattern as a nondeterministic machine (Thompson's construction), on its way to a `TextMachine`.
struct PatternMachine {
    /// What a way that reads nothing asks of the place in the text.
    enum Condition { case none, atStart, atEnd }

    private(set) var sets: [CodePointSet] = []
    private var numbers: [CodePointSet: Int] = [:]
    /// The set each state reads, and where that leads.
    private(set) var reading: [(set: Int, to: Int)?] = []
    /// The ways of each state that read nothing.
    private(set) var free: [[(condition: Condition, to: Int)]] = []
    private(set) var start = 0
    private(set) var end = 0
    /// Where the pattern has been found: whatever follows, the text is accepted.
    private(set) var found = 0

    /// Makes the machine that finds a pattern anywhere in a text.
    ///
    /// The nodes' `size` must have been found small enough.
    init(_ node: PatternNode) {
        start = state()
        end = state()
        let first = state()
        found = state()
        let any = PatternNode.repeated(.set(.all), atLeast: 0, atMost: nil)
        add(any, from: start, to: first)
        add(node, from: first, to: found)
        add(any, from: found, to: end)
    }

    private mutating func state() -> Int {
        reading.append(nil)
        free.append([])
        return reading.count - 1
    }

    private mutating func add(_ node: PatternNode, from: Int, to: Int) {
        switch node {
        case .set(let set):
            let number = numbers[set] ?? sets.count
            if number == sets.count { sets.append(set) }
            numbers[set] = number
            // A state reads one set: alternatives that begin here get states of their own.
            let reader = state()
            free[from].append((.none, reader))
            reading[reader] = (number, to)
        case .sequence(let nodes):
            var current = from
            for node in nodes {
                let next = state()
                add(node, from: current, to: next)
                current = next
            }
            free[current].append((.none, to))
        case .choice(let nodes):
            for node in nodes { add(node, from: from, to: to) }
        case .repeated(let node, let least, let most): repeated(node, least, most, from: from, to: to)
        case .start: free[from].append((.atStart, to))
        case .end: free[from].append((.atEnd, to))
        }
    }

    private mutating func repeated(_ node: PatternNode, _ least: Int, _ most: Int?, from: Int, to: Int) {
        var current = from
        for _ in 0..<least {
            let next = state()
            add(node, from: current, to: next)
            current = next
        }
        guard let most else {
            let (loop, back) = (state(), state())
            free[current].append((.none, loop))
            add(node, from: loop, to: back)
            free[back].append((.none, loop))
            free[loop].append((.none, to))
            return
        }
        for _ in least..<max(most, least) {
            let next = state()
            free[current].append((.none, to))
            add(node, from: current, to: next)
            current = next
        }
        free[current].append((.none, to))
    }
}
