/// The ordinary tokens as a tree over their bytes.
///
/// Nodes lie in the order of a walk that visits a node before its children; a walk goes on at the next node, or at
/// `end` if the node's branch is not wanted. The tokens of a branch are therefore neighbours as well.
struct TokenTrie: Sendable {
    /// A node; small, since a walk visits hundreds of thousands.
    struct Node: Sendable {
        /// The first node that is not below this one.
        var end: Int32
        /// Where the node's tokens begin; they end where the next node's begin.
        let firstToken: Int32
        /// How many bytes lead here.
        let depth: UInt16
        /// The last of them.
        let byte: UInt8
        /// The kinds of all bytes of the branch, from this node's own on; see `kind(of:)`.
        var kinds: UInt8
    }

    /// The nodes, the root first; one more for the end.
    private(set) var nodes: [Node] = []
    /// The tokens in the order of their nodes.
    private(set) var tokens: [Int32] = []
    /// The length of the longest token.
    private(set) var depth = 0

    /// Makes the tree of these texts; empty ones are in no place, nor are those of 64 KiB.
    init(_ texts: [[UInt8]?]) {
        let order = texts.indices.filter { (1..<Int(UInt16.max)).contains(texts[$0]?.count ?? 0) }
            .sorted { left, right in
                let (one, other) = (texts[left] ?? [], texts[right] ?? [])
                return one == other ? left < right : one.lexicographicallyPrecedes(other)
            }
        nodes.append(Node(end: 0, firstToken: 0, depth: 0, byte: 0, kinds: 0))
        var path = [0]
        var last: [UInt8] = []
        for index in order {
            let text = texts[index] ?? []
            var shared = 0
            while shared < min(text.count, last.count), text[shared] == last[shared] { shared += 1 }
            close(&path, to: shared + 1)
            for byte in text[shared...] {
                let depth = UInt16(path.count)
                path.append(nodes.count)
                nodes.append(
                    Node(end: 0, firstToken: Int32(tokens.count), depth: depth, byte: byte, kinds: Self.kind(of: byte)))
            }
            tokens.append(Int32(index))
            depth = max(depth, text.count)
            last = text
        }
        close(&path, to: 0)
        nodes.append(Node(end: 0, firstToken: Int32(tokens.count), depth: 0, byte: 0, kinds: 0))
    }

    private mutating func close(_ path: inout [Int], to count: Int) {
        while path.count > count {
            let node = path.removeLast()
            nodes[node].end = Int32(nodes.count)
            if let above = path.last { nodes[above].kinds |= nodes[node].kinds }
        }
    }

    /// One bit for the kind of a byte: kinds of which grammars mostly take all or none.
    static func kind(of byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: " "): 1
        case UInt8(ascii: "a")...UInt8(ascii: "z"): 2
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): 4
        case UInt8(ascii: "0")...UInt8(ascii: "9"): 8
        case UInt8(ascii: "\""): 16
        case UInt8(ascii: "\\"): 32
        case 0x21...0x7E: 64
        default: 128
        }
    }
}
