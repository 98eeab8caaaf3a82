/// A regular expression over code points.
indirect enum PatternNode: Sendable {
    case set(CodePointSet)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repeated(PatternNode, atLeast: Int, atMost: Int?)
    /// `^`
    case start
    /// `$`
    case end

    /// How many states its machine has, as long as that is less than `Int.max`: counted before any is made.
    var size: Int {
        switch self {
        case .set, .start, .end: 2
        case .sequence(let nodes), .choice(let nodes): nodes.reduce(2) { $0.addingSaturated($1.size) }
        case .repeated(let node, let least, let most):
            node.size.multipliedSaturated(by: max(most ?? least.addingSaturated(1), 1)).addingSaturated(2)
        }
    }
}

extension Int {
    fileprivate func addingSaturated(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    fileprivate func multipliedSaturated(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
