/// A vocabulary, prepared once per model for all its answers.
public final class TokenTable: Sendable {
    /// The ordinary tokens by their bytes.
    let trie: TokenTrie
    /// The special tokens by their text.
    let markers: [String: Int32]
    /// The ids of special tokens, those that end the answer included.
    let markerTokens: Set<Int32>
    /// The tokens that end an answer.
    let endOfGeneration: Set<Int32>
    /// The bytes of all tokens, one after the other: 128,000 small arrays would cost more than their contents.
    private let pool: [UInt8]
    private let starts: [Int32]
    /// How many tokens there are.
    public let count: Int

    /// Takes the bytes of each ordinary token (`nil` for a special or unused one), the special tokens by text, and
    /// those that end an answer.
    public init(tokens: [[UInt8]?], markers: [String: Int32], endOfGeneration: Set<Int32>) {
        let known = Int32(clamping: tokens.count)
        self.markers = markers.filter { $0.value >= 0 && $0.value < known }
        self.endOfGeneration = endOfGeneration.filter { $0 >= 0 && $0 < known }
        markerTokens = Set(self.markers.values)
        // A special token is taken as such only, even if its bytes are given.
        var texts = tokens
        for token in markerTokens.union(self.endOfGeneration) { texts[Int(token)] = nil }
        trie = TokenTrie(texts)
        var pool: [UInt8] = []
        var starts: [Int32] = [0]
        starts.reserveCapacity(texts.count + 1)
        for text in texts {
            pool.append(contentsOf: text ?? [])
            starts.append(Int32(pool.count))
        }
        self.pool = pool
        self.starts = starts
        count = tokens.count
    }

    /// The bytes of an ordinary token; none of any other.
    func bytes(of token: Int32) -> ArraySlice<UInt8> {
        guard token >= 0, Int(token) < count else { return [] }
        return pool[Int(starts[Int(token)])..<Int(starts[Int(token) + 1])]
    }
}
