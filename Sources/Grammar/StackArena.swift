/// Returns of calls as linked stacks that share their lower parts; equal stacks are one node.
///
/// Nodes lie in an array and refer to earlier ones only. Nesting of any depth is thus freed without recursion, and
/// walking nodes in descending order meets every stack before those below it.
struct StackArena: Sendable {
    /// The empty stack.
    static let bottom: Int32 = 0

    /// Where each node returns to; the first is the empty stack's and is not used.
    private var returns: [Position] = [Position(0, 0, 0)]
    private var nodes: [Position: Int32] = [:]

    /// How many nodes there are.
    var count: Int { returns.count }

    /// The stack with a return on top of another stack.
    mutating func push(_ position: Position) -> Int32 {
        if let node = nodes[position] { return node }
        let node = Int32(returns.count)
        returns.append(position)
        nodes[position] = node
        return node
    }

    /// Where a stack returns to.
    func caller(of node: Int32) -> Position { returns[Int(node)] }

    /// An arena with just the stacks that these positions need, and the positions in it.
    func compacted(for positions: [Position]) -> (arena: StackArena, positions: [Position]) {
        var isLive = [Bool](repeating: false, count: returns.count)
        for position in positions { isLive[Int(position.stack)] = true }
        for node in stride(from: returns.count - 1, to: 0, by: -1) where isLive[node] {
            isLive[Int(returns[node].stack)] = true
        }
        var arena = StackArena()
        var moved = [Int32](repeating: 0, count: returns.count)
        for node in 1..<max(returns.count, 1) where isLive[node] {
            let old = returns[node]
            moved[node] = arena.push(Position(old.state, old.count, moved[Int(old.stack)]))
        }
        let kept = positions.map { Position($0.state, $0.count, moved[Int($0.stack)]) }
        return (arena, kept.sorted())
    }
}
