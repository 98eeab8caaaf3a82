/// One answer's place in a grammar.
///
/// A value: copies go their own ways and share only what is worked out about the grammar. Not bound to a thread.
public struct GrammarMatcher: Sendable {
    private let cache: MaskCache
    private var arena = StackArena()
    private var here: Settlement
    /// Whether the answer has been ended by an end-of-generation token.
    private var isFinished = false
    /// The last mask and where it was asked for: most tokens of a string leave the place as it is.
    private var last: (here: Settlement, mask: TokenMask)?

    /// Stands at the beginning of an answer.
    public init(_ grammar: Grammar, _ tokens: TokenTable) {
        cache = grammar.cache(for: tokens)
        here = cache.program.beginning(in: &arena)
    }

    /// Whether the answer may end here.
    public var isComplete: Bool { isFinished || here.ends }

    /// The tokens that can follow; those that end the answer are among them exactly when it may end here.
    ///
    /// Never empty for a vocabulary that has all 256 bytes as tokens.
    public mutating func allowedTokens() -> TokenMask {
        let table = cache.table
        guard !isFinished else { return endTokens(TokenMask(vocabularySize: table.count)) }
        if let last, last.here == here { return last.mask }
        var mask = cache.ordinaryTokens(at: here.positions, in: arena)
        let program = cache.program
        for position in here.positions {
            for edge in program.edges(of: position.state) {
                switch edge.kind {
                case .marker: mask.insert(edge.argument)
                case .otherMarkers:
                    for token in table.markerTokens.subtracting(program.exclusions[Int(edge.argument)]) {
                        mask.insert(token)
                    }
                case .bytes, .free, .step, .leave, .call: break
                }
            }
        }
        if here.ends { mask = endTokens(mask) }
        last = (here, mask)
        return mask
    }

    private func endTokens(_ mask: TokenMask) -> TokenMask {
        var mask = mask
        for token in cache.table.endOfGeneration { mask.insert(token) }
        return mask
    }

    /// Goes on by a token.
    ///
    /// - Returns: false if the token cannot follow; the place is then unchanged.
    public mutating func accept(_ token: Int32) -> Bool {
        let table = cache.table
        if table.endOfGeneration.contains(token), isComplete {
            isFinished = true
            return true
        }
        guard !isFinished else { return false }
        let next: Settlement
        if table.markerTokens.contains(token) || table.endOfGeneration.contains(token) {
            next = cache.program.read(marker: token, from: here.positions, in: &arena)
        } else {
            let bytes = table.bytes(of: token)
            guard !bytes.isEmpty else { return false }
            next = settlement(after: bytes)
        }
        guard !next.isDead else { return false }
        here = next
        tidy()
        return true
    }

    /// Goes on by bytes, as if there were a token of them.
    ///
    /// - Returns: false if they cannot follow; the place is then unchanged.
    public mutating func accept(bytes: some Sequence<UInt8>) -> Bool {
        guard !isFinished else { return false }
        let next = settlement(after: bytes)
        guard !next.isDead else { return false }
        here = next
        tidy()
        return true
    }

    private mutating func settlement(after bytes: some Sequence<UInt8>) -> Settlement {
        var next = here
        for byte in bytes {
            next = cache.program.read(byte, from: next.positions, in: &arena)
            if next.isDead { break }
        }
        return next
    }

    /// Drops stacks that nothing returns to any more.
    private mutating func tidy() {
        guard arena.count > 4096, arena.count > 4 * keptStacks else { return }
        let (kept, positions) = arena.compacted(for: here.positions)
        arena = kept
        here.positions = positions
        keptStacks = kept.count
        last = nil
    }

    /// How many stacks there were after the last tidying.
    private var keptStacks = 0
}
