/// What the vocabulary has for a place in a rule whose caller is unknown.
struct Reach: Sendable {
    /// The tokens that can follow, as far as the rule decides; few as a list, many as a set.
    enum Tokens: Sendable {
        case few([Int32])
        case many(TokenMask)
    }
    let tokens: Tokens
    /// The nodes of the vocabulary's tree where the rule may end and longer tokens go on.
    let ends: [Int32]

    /// What it takes of memory, roughly.
    var byteCount: Int {
        switch tokens {
        case .few(let list): 4 * (list.count + ends.count) + 64
        case .many(let mask): 8 * mask.words.count + 4 * ends.count + 64
        }
    }
}
