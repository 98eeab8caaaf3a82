/// A place in a program: a state, the counter of its rule's call, and where that call returns to.
struct Position: Hashable, Comparable, Sendable {
    var state: Int32
    var count: Int32
    /// The node of a `StackArena`.
    var stack: Int32

    init(_ state: Int32, _ count: Int32, _ stack: Int32) {
        self.state = state
        self.count = count
        self.stack = stack
    }

    /// Groups positions of one stack, so that they are found together.
    static func < (left: Position, right: Position) -> Bool {
        (left.stack, left.state, left.count) < (right.stack, right.state, right.count)
    }
}
