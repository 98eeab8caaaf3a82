/// The name that somebody probably meant.
enum Suggestion {
    /// `; did you mean 'x'?` where a name is near, else all names.
    static func text(for name: String, among names: [String], _ noun: String) -> String {
        if let near = nearest(to: name, among: names) { return "; did you mean '\(near)'?" }
        return "; \(noun): \(names.joined(separator: ", "))"
    }

    /// The only name that begins so, or the one with the fewest edits, if they are no more than a third of it.
    static func nearest(to name: String, among names: [String]) -> String? {
        let word = Array(name.lowercased().utf8.map { $0 == 45 ? 95 : $0 }.prefix(64))
        let longer = names.filter { Array($0.utf8).starts(with: word) }
        if word.count > 1, longer.count == 1 { return longer.first }
        let ranked = names.map { ($0, distance(word, Array($0.utf8))) }
        guard let best = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
        return best.1 <= max(1, max(word.count, best.0.utf8.count) / 3) ? best.0 : nil
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
