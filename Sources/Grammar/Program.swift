/// A compiled grammar: a network of states that read bytes and call rules.
///
/// The network is nondeterministic; a `StackArena` keeps the returns of calls. Every state can still reach the end
/// of its rule (`ProgramBuilder` removes those that cannot), so no place is ever a dead end.
struct Program: Sendable {
    /// All edges, those of one state together.
    let edges: [Edge]
    /// Where each state's edges begin; one more for the end.
    let firstEdge: [Int32]
    /// Whether a rule may end in each state.
    let accepting: [Bool]
    /// The rule each state belongs to.
    let ruleOfState: [Int32]
    let rules: [Rule]
    /// The rule of a whole answer.
    let start: Int32
    /// Special tokens that an `otherMarkers` edge does not take.
    let exclusions: [Set<Int32>]
    /// Whether each state has an edge that reads: others matter only on the way.
    let reads: [Bool]
    /// Whether a state can only end its rule: returning there is returning to its caller.
    let onlyEnds: [Bool]
    /// Bytes that no edge tells apart share a class.
    let classOfByte: [UInt8]
    /// A byte of each class.
    let byteOfClass: [UInt8]

    /// Takes the parts from the builder, edges sorted by state.
    init(
        edges: [Edge], firstEdge: [Int32], accepting: [Bool], ruleOfState: [Int32], rules: [Rule], start: Int32,
        exclusions: [Set<Int32>]
    ) {
        self.edges = edges
        self.firstEdge = firstEdge
        self.accepting = accepting
        self.ruleOfState = ruleOfState
        self.rules = rules
        self.start = start
        self.exclusions = exclusions
        var reads = [Bool](repeating: false, count: accepting.count)
        var begins = [Bool](repeating: false, count: 257)
        begins[0] = true
        for edge in edges {
            switch edge.kind {
            case .bytes:
                reads[Int(edge.from)] = true
                begins[Int(edge.low)] = true
                begins[Int(edge.high) + 1] = true
            case .marker, .otherMarkers: reads[Int(edge.from)] = true
            case .free, .step, .leave, .call: break
            }
        }
        self.reads = reads
        onlyEnds = accepting.indices.map { accepting[$0] && firstEdge[$0] == firstEdge[$0 + 1] }
        var classOfByte: [UInt8] = []
        var byteOfClass: [UInt8] = []
        for byte in 0...255 {
            if begins[byte] { byteOfClass.append(UInt8(byte)) }
            classOfByte.append(UInt8(byteOfClass.count - 1))
        }
        self.classOfByte = classOfByte
        self.byteOfClass = byteOfClass
    }

    /// How many states there are.
    var stateCount: Int { accepting.count }

    /// The edges of a state.
    func edges(of state: Int32) -> ArraySlice<Edge> {
        edges[Int(firstEdge[Int(state)])..<Int(firstEdge[Int(state) + 1])]
    }

    /// A count that is too low to leave, however far a token reaches.
    static let farBelow: Int32 = -2
    /// A count that allows both to leave and to go on, however far a token reaches.
    static let farBetween: Int32 = -1

    /// A count that allows the same as `count` to whatever counts less than `horizon` further.
    ///
    /// Far from its bounds a counter does not matter and need not be told, nor advanced: masks for the thousand
    /// characters of a bounded string are one mask, found as fast as that of an unbounded one.
    func representative(of count: Int32, in state: Int32, horizon: Int32) -> Int32 {
        let rule = rules[Int(ruleOfState[Int(state)])]
        if count < rule.minimum { return rule.minimum - count > horizon ? Self.farBelow : count }
        return rule.maximum == .max || rule.maximum - count > horizon ? Self.farBetween : count
    }
}
