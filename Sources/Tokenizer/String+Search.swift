extension String {
    /// Whether the text has these bytes in it; `contains` would need the regular expression library.
    func holds(_ part: String) -> Bool {
        self[...].firstRange(of: part) != nil
    }
}

extension Substring {
    /// Where these code points first appear.
    package func firstRange(of part: String) -> Range<String.Index>? {
        let pattern = Array(part.utf8)
        guard let lead = pattern.first else { return startIndex..<startIndex }
        var search = utf8[...]
        while let start = search.firstIndex(of: lead) {
            if search[start...].starts(with: pattern) {
                return start..<utf8.index(start, offsetBy: pattern.count)
            }
            search = search[utf8.index(after: start)...]
        }
        return nil
    }
}
