// What a person types, key by key: a plain value, so that every key can be tried without a terminal. RawTerminal feeds
// it bytes and draws what it says.

/// One line that is being edited, and the lines before it.
struct LineEditor {
    /// What a key has led to.
    enum Outcome: Equatable {
        /// The line changed, or the place in it.
        case edited
        /// The line is complete.
        case entered(String)
        /// The line is given up (Ctrl-C).
        case abandoned
        /// The input ends (Ctrl-D on an empty line).
        case ended
        /// The screen is to be drawn anew (Ctrl-L).
        case redrawn
        /// Nothing to see.
        case ignored
    }

    /// The characters of the line.
    private(set) var line: [Character] = []
    /// Characters before the cursor.
    private(set) var cursor = 0
    private var history: [String]
    /// The line of the history that is shown; its count for the one being written.
    private var place: Int
    /// What was being written when an older line was asked for.
    private var draft: [Character] = []
    /// Bytes of a character or key that is not complete.
    private var pending: [UInt8] = []
    /// Within text that is pasted, which may have line ends.
    private var isPasting = false

    /// Starts with an empty line after `history`, the oldest first.
    init(history: [String] = []) {
        self.history = history
        place = history.count
    }

    /// Takes a byte that was typed.
    mutating func type(_ byte: UInt8) -> Outcome {
        pending.append(byte)
        if pending[0] == 0x1B { return escape() }
        if byte < 0x20 || byte == 0x7F, pending.count == 1 {
            pending = []
            return control(byte)
        }
        return character()
    }

    private mutating func character() -> Outcome {
        let lead = pending[0]
        let length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1
        guard pending.count >= length else { return .ignored }
        defer { pending = [] }
        let text = String(decoding: pending, as: UTF8.self)
        insert(text)
        return .edited
    }

    private mutating func insert(_ text: String) {
        // A combining mark joins the character before it.
        let joined = String(line[..<cursor]) + text
        line.replaceSubrange(..<cursor, with: Array(joined))
        cursor = joined.count
    }

    private mutating func control(_ byte: UInt8) -> Outcome {
        if isPasting { return paste(byte) }
        switch byte {
        case 0x0D, 0x0A: return enter()
        case 0x03: return abandon()
        case 0x04: return line.isEmpty ? .ended : delete()
        case 0x01: return move(to: 0)
        case 0x05: return move(to: line.count)
        case 0x02: return move(to: cursor - 1)
        case 0x06: return move(to: cursor + 1)
        case 0x08, 0x7F: return erase(from: cursor - 1)
        case 0x0B: return cut(cursor..<line.count)
        case 0x15: return cut(0..<cursor)
        case 0x17: return erase(from: wordStart)
        case 0x10: return show(place - 1)
        case 0x0E: return show(place + 1)
        case 0x0C: return .redrawn
        default: return .ignored
        }
    }

    private mutating func paste(_ byte: UInt8) -> Outcome {
        guard byte == 0x0A || byte == 0x0D || byte == 0x09 else { return .ignored }
        insert(byte == 0x09 ? "\t" : "\n")
        return .edited
    }

    /// Keys that begin with escape: arrows, home, end, delete, and the marks around pasted text.
    private mutating func escape() -> Outcome {
        guard pending.count > 1 else { return .ignored }
        guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
            pending = []
            return .ignored
        }
        guard pending.count > 2, let last = pending.last, (0x40...0x7E).contains(last) else {
            if pending.count > 16 { pending = [] }
            return .ignored
        }
        let key = String(decoding: pending[2...], as: UTF8.self)
        pending = []
        switch key {
        case "A": return show(place - 1)
        case "B": return show(place + 1)
        case "C": return move(to: cursor + 1)
        case "D": return move(to: cursor - 1)
        case "H", "1~", "7~": return move(to: 0)
        case "F", "4~", "8~": return move(to: line.count)
        case "3~": return delete()
        case "1;5C": return move(to: wordEnd)
        case "1;5D": return move(to: wordStart)
        case "200~": isPasting = true
        case "201~": isPasting = false
        default: break
        }
        return .ignored
    }

    private mutating func enter() -> Outcome {
        let text = String(line)
        if !text.isEmpty, history.last != text { history.append(text) }
        reset()
        return .entered(text)
    }

    private mutating func abandon() -> Outcome {
        reset()
        return .abandoned
    }

    private mutating func reset() {
        (line, cursor, draft, place) = ([], 0, [], history.count)
    }

    private mutating func move(to target: Int) -> Outcome {
        let bounded = min(max(target, 0), line.count)
        defer { cursor = bounded }
        return bounded == cursor ? .ignored : .edited
    }

    private mutating func delete() -> Outcome { cursor < line.count ? cut(cursor..<cursor + 1) : .ignored }

    private mutating func erase(from start: Int) -> Outcome { start >= 0 ? cut(start..<cursor) : .ignored }

    private mutating func cut(_ range: Range<Int>) -> Outcome {
        guard !range.isEmpty else { return .ignored }
        line.removeSubrange(range)
        cursor = range.lowerBound
        return .edited
    }

    private mutating func show(_ target: Int) -> Outcome {
        guard (0...history.count).contains(target), target != place else { return .ignored }
        if place == history.count { draft = line }
        place = target
        line = target == history.count ? draft : Array(history[target])
        cursor = line.count
        return .edited
    }

    private var wordStart: Int {
        var start = cursor
        while start > 0, line[start - 1].isWhitespace { start -= 1 }
        while start > 0, !line[start - 1].isWhitespace { start -= 1 }
        return start
    }

    private var wordEnd: Int {
        var end = cursor
        while end < line.count, line[end].isWhitespace { end += 1 }
        while end < line.count, !line[end].isWhitespace { end += 1 }
        return end
    }
}
