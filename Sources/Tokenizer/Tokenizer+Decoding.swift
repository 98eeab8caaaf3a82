extension Tokenizer {
    /// Turns tokens into text; bytes that are not UTF-8 become U+FFFD, ids that do not exist nothing.
    ///
    /// - Parameter skipSpecial: whether control tokens are left out instead of shown by name.
    public func decode(_ ids: some Sequence<TokenID>, skipSpecial: Bool) -> String {
        var bytes: [UInt8] = []
        for id in ids { bytes.append(contentsOf: self.bytes(of: id, skipSpecial: skipSpecial)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes a token adds to a text.
    package func bytes(of id: TokenID, skipSpecial: Bool) -> ArraySlice<UInt8> {
        if skipSpecial, kind(of: id) == .control { return [] }
        return vocabulary.bytes(of: id)
    }
}
