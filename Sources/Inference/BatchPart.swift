import Tokenizer

/// Tokens of one context that pass through the model together with those of others.
public struct BatchPart {
    /// The tokens, which follow the positions in `cache`.
    public let tokens: [TokenID]
    /// What attention remembers of the tokens before; no two parts of a batch have the same.
    public let cache: KVCache
    /// Which rows of logits are wanted.
    public let logits: LogitsScope

    /// Which rows of logits are wanted.
    public enum LogitsScope: Sendable {
        /// Of the last token.
        case last
        /// Of every token.
        case all
        /// None: the tokens are only put into the cache.
        case none
    }

    /// Tokens that follow what is in `cache`.
    public init(_ tokens: [TokenID], cache: KVCache, logits: LogitsScope = .last) {
        self.tokens = tokens
        self.cache = cache
        self.logits = logits
    }

    /// Those of the part's rows, of which `first` is the first one, whose logits are wanted.
    func wantedRows(from first: Int) -> Range<Int> {
        let end = first + tokens.count
        return switch logits {
        case .last: end - 1..<end
        case .all: first..<end
        case .none: end..<end
        }
    }
}
