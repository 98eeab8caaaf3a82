/// A recursive-descent parser of RFC 8259 text; one instance parses one document.
///
/// It reads an array by checked index and owns everything it makes. Recursion is bounded by
/// `JSONLimits.deepestNesting`, so no input overflows the stack.
struct JSONParser {
    let bytes: [UInt8]
    let limits: JSONLimits
    var position = 0
    private var depth = 0

    init(bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Parses the whole text.
    mutating func document() throws(JSONError) -> JSONValue {
        if let limit = limits.byteCount, bytes.count > limit {
            throw error(.tooLong, at: limit, "text of \(bytes.count) bytes exceeds the limit of \(limit)")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw error(.syntax, at: 0, "byte order mark is not allowed")
        }
        skipWhitespace()
        let result = try value()
        skipWhitespace()
        guard position == bytes.count else {
            throw error(.syntax, at: position, "nothing may follow the value, found \(found)")
        }
        return result
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        guard position < bytes.count else { throw error(.syntax, at: position, "expected a value, found the end") }
        switch bytes[position] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
        case UInt8(ascii: "t"): return try word(Self.true, .bool(true))
        case UInt8(ascii: "f"): return try word(Self.false, .bool(false))
        case UInt8(ascii: "n"): return try word(Self.null, .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error(.syntax, at: position, "expected a value, found \(found)")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        let limit = min(limits.nesting, JSONLimits.deepestNesting)
        guard depth < limit else {
            throw error(.tooDeep, at: position, "arrays and objects are nested deeper than \(limit)")
        }
        depth += 1
        let result = try body(&self)
        depth -= 1
        return result
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            skipWhitespace()
            elements.append(try value())
            skipWhitespace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "]")) { return .array(elements) }
            throw error(.syntax, at: position, "expected ',' or ']' in an array, found \(found)")
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        position += 1
        var object = JSONObject()
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return .object(object) }
        while true {
            skipWhitespace()
            let start = position
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw error(.syntax, at: position, "expected a member name in quotes, found \(found)")
            }
            let name = try string()
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else {
                throw error(.syntax, at: position, "expected ':' after a member name, found \(found)")
            }
            skipWhitespace()
            let value = try value()
            if limits.repeatedNames == .replaced {
                object[name] = value
            } else if !object.append(name, value), limits.repeatedNames == .refused {
                throw error(.duplicateName, at: start, "object repeats the name \"\(name.prefix(40))\"")
            }
            skipWhitespace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { return .object(object) }
            throw error(.syntax, at: position, "expected ',' or '}' in an object, found \(found)")
        }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        guard let end = JSONNumber.end(in: bytes, from: position) else {
            throw error(.syntax, at: position, "number is not complete")
        }
        // "01" and "1x" end here as numbers; what follows is then refused by the caller.
        let literal = String(decoding: bytes[position..<end], as: UTF8.self)
        position = end
        return .number(JSONNumber(checked: literal))
    }

    private static let (`true`, `false`, null) = (Array("true".utf8), Array("false".utf8), Array("null".utf8))

    private mutating func word(_ word: [UInt8], _ value: JSONValue) throws(JSONError) -> JSONValue {
        for (offset, letter) in word.enumerated() {
            guard position + offset < bytes.count, bytes[position + offset] == letter else {
                throw error(.syntax, at: position, "expected '\(String(decoding: word, as: UTF8.self))'")
            }
        }
        position += word.count
        return value
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Names the byte at the current position for a message.
    private var found: String {
        guard position < bytes.count else { return "the end" }
        let byte = bytes[position]
        return (0x21...0x7E).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x" + String(byte, radix: 16, uppercase: true)
    }

    func error(_ code: JSONError.Code, at offset: Int, _ message: String) -> JSONError {
        JSONError(code, at: offset, in: bytes, message)
    }
}
