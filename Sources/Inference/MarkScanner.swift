/// Finds marks in text that arrives in pieces, and holds back what may become one.
struct MarkScanner {
    private var held: [UInt8] = []

    mutating func append(_ text: String) { held += text.utf8 }

    /// Text before the first of `marks`, and which one it is: the mark is taken out too. Without one, the text that
    /// cannot become part of one.
    mutating func take(until marks: [String]) -> (text: String, mark: Int?) {
        let marks = marks.map { Array($0.utf8) }
        var first: (place: Int, mark: Int)?
        for (index, mark) in marks.enumerated() {
            guard let place = Self.place(of: mark, in: held), place < first?.place ?? .max else { continue }
            first = (place, index)
        }
        if let first {
            defer { held.removeFirst(first.place + marks[first.mark].count) }
            return (String(decoding: held[..<first.place], as: UTF8.self), first.mark)
        }
        let kept = marks.map { Self.overlap(held, $0) }.max() ?? 0
        defer { held.removeFirst(held.count - kept) }
        return (String(decoding: held[..<(held.count - kept)], as: UTF8.self), nil)
    }

    /// All that is held.
    mutating func takeAll() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    /// Drops white space that stands first; whether anything else follows.
    mutating func dropSpace() -> Bool {
        held = Array(held.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 })
        return !held.isEmpty
    }

    /// Whether the text begins with `mark`; `nil` while it may turn out to.
    func begins(with mark: String) -> Bool? {
        let mark = Array(mark.utf8)
        if held.starts(with: mark) { return true }
        return mark.starts(with: held) ? nil : false
    }

    static func place(of mark: [UInt8], in text: [UInt8]) -> Int? {
        guard let lead = mark.first, text.count >= mark.count else { return nil }
        return (0...text.count - mark.count).first { start in
            text[start] == lead && text[start..<start + mark.count].elementsEqual(mark)
        }
    }

    /// Length of the longest end of `text` that is the beginning of `mark`.
    private static func overlap(_ text: [UInt8], _ mark: [UInt8]) -> Int {
        (0...min(text.count, mark.count - 1)).reversed().first { mark.starts(with: text.suffix($0)) } ?? 0
    }
}
