import Grammar
import Tokenizer

extension Tokenizer {
    /// The vocabulary as grammars need it.
    func makeTable() -> TokenTable {
        var markers: [String: TokenID] = [:]
        let tokens = (0..<TokenID(vocabularySize)).map { id -> [UInt8]? in
            switch kind(of: id) {
            case .normal, .byte: return Array(bytes(of: id, skipSpecial: false))
            case .control, .userDefined:
                if let text = token(for: id) { markers[text] = id }
                return nil
            case .unknown, .unused, nil: return nil
            }
        }
        return TokenTable(tokens: tokens, markers: markers, endOfGeneration: endOfGeneration)
    }
}
