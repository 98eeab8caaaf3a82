/// Walks a vocabulary's tree through a program.
///
/// Sets of positions are numbered as they are met, and what each byte makes of them is remembered: the program
/// becomes deterministic where it is used. Positions here stand above an unknown caller, the arena's empty stack.
struct VocabularyWalker: Sendable {
    private static let unknown: Int32 = -2
    private static let dead: Int32 = -1
    /// When what is remembered is dropped, in bytes.
    private static let capacity = 32 << 20

    private let program: Program
    private let table: TokenTable
    private let classCount: Int
    /// No token counts further.
    private let horizon: Int32
    private var arena = StackArena()
    private var places: [Settlement] = []
    private var numbers: [Settlement: Int32] = [:]
    /// The place after each class of bytes, by place.
    private var next: [Int32] = []
    private var ends: [Bool] = []
    /// The kinds of bytes that leave each place as it is; -1 where nobody has looked.
    private var loops: [Int16] = []
    private var reaches: [ReachKey: Reach] = [:]
    private var byteCount = 0
    /// The places on the way to the current node, by depth.
    private var path: [Int32]

    init(_ program: Program, _ table: TokenTable) {
        self.program = program
        self.table = table
        classCount = program.byteOfClass.count
        horizon = Int32(clamping: table.trie.depth)
        path = Array(repeating: Self.dead, count: table.trie.depth + 1)
    }

    /// The ordinary tokens that can follow at these positions, ascending, whose returns lie in `callers`.
    mutating func tokens(at positions: [Position], in callers: StackArena) -> TokenMask {
        if byteCount > Self.capacity { forget() }
        var mask = TokenMask(vocabularySize: table.count)
        // Ends to walk on, by the stack they return to. Stacks are numbered after those below them.
        var pending: [Int32: [Int32]] = [:]
        var index = 0
        while index < positions.count {
            let stack = positions[index].stack
            let end = positions[index...].firstIndex { $0.stack != stack } ?? positions.count
            let here = positions[index..<end].map { aboveUnknown($0) }
            let place = number(Settlement(positions: Set(here).sorted(), ends: false))
            let reach = reach(of: place, endsMatter: stack != StackArena.bottom)
            switch reach.tokens {
            case .few(let list): for token in list { mask.insert(token) }
            case .many(let other): mask.formUnion(other)
            }
            if stack != StackArena.bottom { pending[stack, default: []] += reach.ends }
            index = end
        }
        while let stack = pending.keys.max(), let nodes = pending.removeValue(forKey: stack), !nodes.isEmpty {
            let caller = callers.caller(of: stack)
            let place = number(program.settle([aboveUnknown(caller)], in: &arena, horizon: horizon))
            var found: [Int32] = ends[Int(place)] ? nodes : []
            for node in nodes { walk(from: Int(node), at: place, adding: &mask.words, ends: &found) }
            if caller.stack != StackArena.bottom, !found.isEmpty {
                let merged = pending[caller.stack].map { Array(Set($0 + found)) } ?? found
                pending[caller.stack] = merged
            }
        }
        return mask
    }

    /// A position as it looks when its caller is unknown and its counter is told only near its bounds.
    private func aboveUnknown(_ position: Position) -> Position {
        let count = program.representative(of: position.count, in: position.state, horizon: horizon)
        return Position(position.state, count, StackArena.bottom)
    }

    private mutating func reach(of place: Int32, endsMatter: Bool) -> Reach {
        let key = ReachKey(place: place, endsMatter: endsMatter)
        if let known = reaches[key] { return known }
        var mask = TokenMask(vocabularySize: table.count)
        var ends: [Int32] = []
        walk(from: 0, at: place, adding: &mask.words, ends: &ends, endsMatter: endsMatter)
        let count = mask.count
        let reach = Reach(tokens: count < mask.words.count ? .few(mask.tokens) : .many(mask), ends: ends)
        reaches[key] = reach
        byteCount += reach.byteCount
        return reach
    }

    /// Adds the tokens below a node that can follow at a place, and the nodes where the rule may end.
    private mutating func walk(
        from root: Int, at start: Int32, adding words: inout [UInt64], ends found: inout [Int32],
        endsMatter: Bool = true
    ) {
        let (nodes, tokens, classOfByte) = (table.trie.nodes, table.trie.tokens, program.classOfByte)
        let base = Int(nodes[root].depth)
        let last = Int(nodes[root].end)
        path[0] = start
        var index = root + 1
        while index < last {
            let node = nodes[index]
            let level = Int(node.depth) - base
            let from = path[level - 1]
            var here = next[Int(from) * classCount + Int(classOfByte[Int(node.byte)])]
            if here == Self.unknown { here = place(after: node.byte, at: from) }
            guard here >= 0 else {
                index = Int(node.end)
                continue
            }
            let isLoop = !(endsMatter && ends[Int(here)]) && staysPut(in: node, at: here, size: Int(node.end) - index)
            let after = isLoop ? Int(node.end) : index + 1
            for token in tokens[Int(node.firstToken)..<Int(nodes[after].firstToken)] {
                words[Int(token) >> 6] |= 1 << UInt64(token & 63)
            }
            if !isLoop {
                path[level] = here
                if endsMatter, ends[Int(here)], Int(node.end) > index + 1 { found.append(Int32(index)) }
            }
            index = after
        }
    }

    /// Whether all of a branch leads from a place to itself and need not be walked: text inside a string.
    private mutating func staysPut(in node: TokenTrie.Node, at place: Int32, size: Int) -> Bool {
        var kinds = loops[Int(place)]
        if kinds < 0 {
            // Finding out takes a look at every byte, which a small branch does not repay.
            guard size > 256 else { return false }
            kinds = Int16(kindsThatLoop(at: place))
            loops[Int(place)] = kinds
        }
        return Int16(node.kinds) & ~kinds == 0
    }

    /// The kinds of bytes that all lead from a place to itself.
    private mutating func kindsThatLoop(at start: Int32) -> UInt8 {
        var kinds: UInt8 = .max
        for byte in UInt8.min...UInt8.max where kinds & TokenTrie.kind(of: byte) != 0 {
            if place(after: byte, at: start) != start { kinds &= ~TokenTrie.kind(of: byte) }
        }
        return kinds
    }

    /// The place after a byte, `dead` if there is none.
    private mutating func place(after byte: UInt8, at place: Int32) -> Int32 {
        let slot = Int(place) * classCount + Int(program.classOfByte[Int(byte)])
        let known = next[slot]
        if known != Self.unknown { return known }
        let settlement = program.read(byte, from: places[Int(place)].positions, in: &arena, horizon: horizon)
        let result = settlement.isDead ? Self.dead : number(settlement)
        next[slot] = result
        return result
    }

    private mutating func number(_ settlement: Settlement) -> Int32 {
        if let known = numbers[settlement] { return known }
        let number = Int32(places.count)
        places.append(settlement)
        numbers[settlement] = number
        ends.append(settlement.ends)
        loops.append(-1)
        next.append(contentsOf: repeatElement(Self.unknown, count: classCount))
        byteCount += 4 * classCount + 64 + 48 * settlement.positions.count
        return number
    }

    private mutating func forget() {
        arena = StackArena()
        places = []
        numbers = [:]
        next = []
        ends = []
        loops = []
        reaches = [:]
        byteCount = 0
    }

    private struct ReachKey: Hashable {
        let place: Int32
        /// Whether anything can follow the rule.
        let endsMatter: Bool
    }
}
