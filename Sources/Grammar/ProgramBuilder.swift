/// Puts a program together, state by state.
struct ProgramBuilder {
    var edges: [Edge] = []
    var accepting: [Bool] = []
    var ruleOfState: [Int32] = []
    var rules: [Rule] = []
    var exclusions: [Set<Int32>] = []
    /// Rules of JSON that are made once, by name; see `ProgramBuilder+JSON`.
    var known: [CommonRule: Int32] = [:]

    /// How many states there are.
    var stateCount: Int { accepting.count }

    /// Makes a rule with its first state.
    mutating func rule(minimum: Int32 = 0, maximum: Int32 = .max) -> Int32 {
        let rule = Int32(rules.count)
        rules.append(Rule(start: Int32(accepting.count), minimum: minimum, maximum: maximum))
        _ = state(in: rule)
        return rule
    }

    /// The first state of a rule.
    func start(of rule: Int32) -> Int32 { rules[Int(rule)].start }

    /// Makes a state.
    mutating func state(in rule: Int32, accepting isAccepting: Bool = false) -> Int32 {
        accepting.append(isAccepting)
        ruleOfState.append(rule)
        return Int32(accepting.count - 1)
    }

    /// Makes a state of the same rule as another.
    mutating func state(like other: Int32) -> Int32 { state(in: ruleOfState[Int(other)]) }

    /// Reads a byte of `low...high`.
    mutating func bytes(_ low: UInt8, _ high: UInt8, from: Int32, to: Int32) {
        edges.append(Edge(from: from, to: to, kind: .bytes, low: low, high: high))
    }

    /// Reads one of these characters of ASCII.
    mutating func anyOf(_ characters: StaticString, from: Int32, to: Int32) {
        for byte in String(describing: characters).utf8 { bytes(byte, byte, from: from, to: to) }
    }

    /// Reads nothing.
    mutating func free(from: Int32, to: Int32) { edges.append(Edge(from: from, to: to, kind: .free)) }

    /// Counts one up, below the rule's maximum.
    mutating func step(from: Int32, to: Int32) { edges.append(Edge(from: from, to: to, kind: .step)) }

    /// Goes on if the rule's minimum is reached.
    mutating func leave(from: Int32, to: Int32) { edges.append(Edge(from: from, to: to, kind: .leave)) }

    /// Reads a text of a rule.
    mutating func call(_ rule: Int32, from: Int32, to: Int32) {
        edges.append(Edge(from: from, to: to, argument: rule, kind: .call))
    }

    /// Reads a special token.
    mutating func marker(_ token: Int32, from: Int32, to: Int32) {
        edges.append(Edge(from: from, to: to, argument: token, kind: .marker))
    }

    /// Reads any special token but these.
    mutating func otherMarkers(than excluded: Set<Int32>, from: Int32, to: Int32) {
        edges.append(Edge(from: from, to: to, argument: Int32(exclusions.count), kind: .otherMarkers))
        exclusions.append(excluded)
    }

    /// Reads exactly these bytes.
    mutating func literal(_ text: [UInt8], from: Int32, to: Int32) {
        guard let last = text.last else { return free(from: from, to: to) }
        var current = from
        for byte in text.dropLast() {
            let next = state(like: from)
            bytes(byte, byte, from: current, to: next)
            current = next
        }
        bytes(last, last, from: current, to: to)
    }

    /// Reads exactly this text.
    mutating func literal(_ text: StaticString, from: Int32, to: Int32) {
        literal(Array(String(describing: text).utf8), from: from, to: to)
    }

    /// Adds a finished program and returns the rule of its answers.
    mutating func append(_ program: Program) -> Int32 {
        let firstState = Int32(accepting.count)
        let firstRule = Int32(rules.count)
        let firstExclusion = Int32(exclusions.count)
        accepting += program.accepting
        ruleOfState += program.ruleOfState.map { $0 + firstRule }
        rules += program.rules.map { Rule(start: $0.start + firstState, minimum: $0.minimum, maximum: $0.maximum) }
        exclusions += program.exclusions
        for var edge in program.edges {
            edge.from += firstState
            edge.to += firstState
            switch edge.kind {
            case .call: edge.argument += firstRule
            case .otherMarkers: edge.argument += firstExclusion
            case .bytes, .free, .step, .leave, .marker: break
            }
            edges.append(edge)
        }
        return program.start + firstRule
    }
}
