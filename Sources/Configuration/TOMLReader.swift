/// Reads the part of TOML 1.0 that a configuration needs, and says of every value where it is written.
///
/// Tables, dotted keys, strings on one line, integers, floats, booleans and arrays of them. Dates, inline tables, arrays
/// of tables or arrays, and strings of several lines are refused with the words to write instead. What this reads, any
/// TOML parser reads the same way.
struct TOMLReader {
    /// Larger than any configuration that somebody wrote.
    static let largestByteCount = 256 << 10
    /// Values of one array.
    private static let mostValues = 4096

    private let path: String
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var lineStart = 0
    private var table: [String] = []
    private var document = TOMLDocument()
    private var seenTables: Set<[String]> = []
    private var seenKeys: Set<[String]> = []

    private init(_ bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// Reads a whole file; the first mistake ends it.
    static func read(_ bytes: [UInt8], path: String) throws(ConfigurationError) -> TOMLDocument {
        guard bytes.count <= largestByteCount else {
            throw ConfigurationError(.path(path), "the file is larger than \(largestByteCount >> 10) KiB")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ConfigurationError(.path(path), "the file is not valid UTF-8")
        }
        var reader = TOMLReader(bytes, path: path)
        // An editor's byte order mark.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.index = 3 }
        while try reader.readLine() {}
        return reader.document
    }

    // MARK: Lines

    /// Reads one line, or the end of the file: `false`.
    private mutating func readLine() throws(ConfigurationError) -> Bool {
        skipBlanks()
        guard let byte = peek else { return false }
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "#"): break
        case UInt8(ascii: "["): try readHeader()
        default: try readEntry()
        }
        try endLine()
        return true
    }

    private mutating func readHeader() throws(ConfigurationError) {
        index += 1
        if peek == UInt8(ascii: "[") { throw error("arrays of tables are not used here; write [name]") }
        skipBlanks()
        let origin = origin
        let path = try readPath()
        guard take("]") else { throw error("a table's name ends with ']'") }
        guard seenTables.insert(path).inserted else {
            throw ConfigurationError(origin, "[\(Self.name(path))] is there twice; put its keys in one place")
        }
        table = path
        document.tables.append(TOMLTable(path: path, origin: origin))
    }

    private mutating func readEntry() throws(ConfigurationError) {
        let keyOrigin = origin
        let path = table + (try readPath())
        guard take("=") else { throw error("'=' is expected after the key '\(Self.name(path))'") }
        guard seenKeys.insert(path).inserted else {
            throw ConfigurationError(keyOrigin, "'\(Self.name(path))' is there twice")
        }
        skipBlanks()
        let valueOrigin = origin
        let value = try readValue(isInArray: false)
        document.entries.append(
            TOMLEntry(path: path, value: value, keyOrigin: keyOrigin, valueOrigin: valueOrigin))
    }

    /// A key, or several with dots between them; skips blanks around each.
    private mutating func readPath() throws(ConfigurationError) -> [String] {
        var path: [String] = []
        repeat {
            skipBlanks()
            switch peek {
            case UInt8(ascii: "\""): path.append(try readBasicString())
            case UInt8(ascii: "'"): path.append(try readLiteralString())
            default:
                let start = index
                while let byte = peek, Self.isBare(byte) { index += 1 }
                guard index > start else { throw error("a key is expected: letters, digits, '_' and '-'") }
                path.append(String(decoding: bytes[start..<index], as: UTF8.self))
            }
            skipBlanks()
        } while take(".")
        return path
    }

    private mutating func endLine() throws(ConfigurationError) {
        skipBlanks()
        try skipComment()
        guard peek != nil else { return }
        guard takeNewline() else { throw error("nothing more is expected on this line") }
    }

    // MARK: Values

    private mutating func readValue(isInArray: Bool) throws(ConfigurationError) -> TOMLValue {
        switch peek {
        case UInt8(ascii: "\""): return .string(try readBasicString())
        case UInt8(ascii: "'"): return .string(try readLiteralString())
        case UInt8(ascii: "["):
            if isInArray { throw error("arrays of arrays are not used here") }
            return try readArray()
        case UInt8(ascii: "{"): throw error("inline tables are not used here; write a [table] or dotted keys")
        default: return try readScalar()
        }
    }

    private mutating func readArray() throws(ConfigurationError) -> TOMLValue {
        let start = origin
        index += 1
        var values: [TOMLValue] = []
        while true {
            try skipBlankLines()
            if take("]") { return .array(values) }
            guard peek != nil else { throw ConfigurationError(start, "the array has no ']'") }
            guard values.count < Self.mostValues else { throw error("the array is too long") }
            values.append(try readValue(isInArray: true))
            try skipBlankLines()
            if take("]") { return .array(values) }
            guard peek != nil else { throw ConfigurationError(start, "the array has no ']'") }
            guard take(",") else { throw error("',' or ']' is expected after a value of an array") }
        }
    }

    private mutating func readScalar() throws(ConfigurationError) -> TOMLValue {
        let start = origin
        let first = index
        while let byte = peek, Self.isBare(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") {
            index += 1
        }
        guard index > first else { throw ConfigurationError(start, "a value is expected") }
        let text = String(decoding: bytes[first..<index], as: UTF8.self)
        guard let value = Self.scalar(text) else {
            throw ConfigurationError(start, "'\(text)' is no value; strings stand in quotes: \"\(text)\"")
        }
        return value
    }

    /// What an unquoted word means as TOML has it.
    static func scalar(_ text: String) -> TOMLValue? {
        if text == "true" || text == "false" { return .boolean(text == "true") }
        var digits = text.utf8.first.map { "+-".utf8.contains($0) } == true ? text.dropFirst() : text[...]
        let isNegative = text.hasPrefix("-")
        if digits == "inf" { return .float(isNegative ? -.infinity : .infinity) }
        if digits == "nan" { return .float(.nan) }
        // Underscores stand between digits only.
        guard !digits.hasPrefix("_"), !digits.hasSuffix("_"), !digits.utf8.isEmpty else { return nil }
        let parts = digits.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.utf8.first.map(isDigitLike) == true && $0.utf8.last.map(isDigitLike) == true })
        else { return nil }
        digits = parts.joined()[...]
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            let rest = digits.dropFirst(2)
            guard digits.utf8.count == text.utf8.count(where: { $0 != UInt8(ascii: "_") }), !rest.hasPrefix("-"),
                !rest.hasPrefix("+")
            else { return nil }
            return Int(rest, radix: radix).map { .integer($0) }
        }
        if digits.utf8.allSatisfy(isDigit) {
            guard digits == "0" || !digits.hasPrefix("0") else { return nil }
            return Int((isNegative ? "-" : "") + digits).map { .integer($0) }
        }
        return float(digits).map { .float(isNegative ? -$0 : $0) }
    }

    /// Digits, then a fraction or an exponent or both, each with digits of its own.
    private static func float(_ digits: Substring) -> Double? {
        let halves = digits.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        guard let mantissa = halves.first, halves.count <= 2 else { return nil }
        let places = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard places.count <= 2, places.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }),
            let whole = places.first, whole == "0" || !whole.hasPrefix("0")
        else { return nil }
        if halves.count == 2 {
            let exponent = halves[1].hasPrefix("-") || halves[1].hasPrefix("+") ? halves[1].dropFirst() : halves[1]
            guard !exponent.isEmpty, exponent.utf8.allSatisfy(isDigit) else { return nil }
        }
        return Double(digits)
    }

    // MARK: Strings

    private mutating func readLiteralString() throws(ConfigurationError) -> String {
        let start = origin
        index += 1
        if bytes[index...].starts(with: [UInt8(ascii: "'"), UInt8(ascii: "'")]) {
            throw ConfigurationError(start, "strings of several lines are not used here")
        }
        let first = index
        while let byte = peek, byte != UInt8(ascii: "'") {
            guard Self.isText(byte) else { throw unended(start, byte) }
            index += 1
        }
        guard peek != nil else { throw ConfigurationError(start, "the string has no end") }
        defer { index += 1 }
        return String(decoding: bytes[first..<index], as: UTF8.self)
    }

    private mutating func readBasicString() throws(ConfigurationError) -> String {
        let start = origin
        index += 1
        if bytes[index...].starts(with: [UInt8(ascii: "\""), UInt8(ascii: "\"")]) {
            throw ConfigurationError(start, "strings of several lines are not used here")
        }
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try readEscape()
            default:
                guard Self.isText(byte) else { throw unended(start, byte) }
                text.append(byte)
                index += 1
            }
        }
        throw ConfigurationError(start, "the string has no end")
    }

    private mutating func readEscape() throws(ConfigurationError) -> [UInt8] {
        let start = origin
        index += 1
        let byte = peek
        index += 1
        switch byte {
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "\""): return [UInt8(ascii: "\"")]
        case UInt8(ascii: "\\"): return [UInt8(ascii: "\\")]
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = String(decoding: bytes[index..<min(index + count, bytes.count)], as: UTF8.self)
            guard digits.utf8.count == count, !digits.hasPrefix("+"), let value = UInt32(digits, radix: 16),
                let scalar = Unicode.Scalar(value)
            else { throw ConfigurationError(start, "\\u is followed by four hexadecimal digits, \\U by eight") }
            index += count
            return Array(String(Character(scalar)).utf8)
        default:
            throw ConfigurationError(
                start, "no such escape; a backslash itself is written \\\\, or the string stands in '…'")
        }
    }

    private func unended(_ start: Origin, _ byte: UInt8) -> ConfigurationError {
        byte == 10 || byte == 13
            ? ConfigurationError(start, "the string has no end on its line")
            : error("a control character must be written as an escape")
    }

    // MARK: Bytes

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private var origin: Origin {
        // Continuation bytes of UTF-8 are no characters of their own.
        let column = bytes[lineStart..<min(index, bytes.count)].count { $0 & 0xC0 != 0x80 } + 1
        return .file(path, line: line, column: column)
    }

    private func error(_ message: String) -> ConfigurationError { ConfigurationError(origin, message) }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func takeNewline() -> Bool {
        if peek == 13, index + 1 < bytes.count, bytes[index + 1] == 10 { index += 1 }
        guard peek == 10 else { return false }
        index += 1
        line += 1
        lineStart = index
        return true
    }

    private mutating func skipBlanks() { while peek == 32 || peek == 9 { index += 1 } }

    private mutating func skipComment() throws(ConfigurationError) {
        guard peek == UInt8(ascii: "#") else { return }
        while let byte = peek, byte != 10 {
            if !Self.isText(byte), byte != 13 { throw error("control characters have no place in a comment") }
            index += 1
        }
    }

    private mutating func skipBlankLines() throws(ConfigurationError) {
        repeat {
            skipBlanks()
            try skipComment()
        } while takeNewline()
    }

    private static func name(_ path: [String]) -> String { path.joined(separator: ".") }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isDigitLike(_ byte: UInt8) -> Bool { isBare(byte) && byte != 45 && byte != 95 }

    private static func isBare(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
    }

    private static func isText(_ byte: UInt8) -> Bool { byte >= 32 && byte != 127 || byte == 9 }
}
