import JSON
import Testing

@Suite struct JSONParsingTests {
    @Test(arguments: [
        "{}", "[]", " [ 1 , 2 ] ", "\t\r\n0", "-0", "-0.0", "1e5", "1E+5", "1.5e-3", "\"\"", "true", "false", "null",
        "{\"a\":{\"b\":[{}]}}", "[[],[[]],{}]", "\"\u{7F}\"", "\"\u{1F680}\"", "123456789012345678901234567890",
        "{\"a\":1,\"A\":2}", "{\"\":0}", "\"\\/\"", "\"\u{2028}\"", "\"\\u0000\"", "\"\u{FEFF}\"", "1e999",
    ])
    func acceptsValidText(text: String) throws {
        let value = try JSONValue.parse(text)
        #expect(try JSONValue.parse(value.serialized()) == value)
    }

    @Test(arguments: [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{1:2}", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "{,}", "[}", "{]", "1 2", "[] []", "[]x",
        "//",
        "[1]//", "/**/1", "tru", "nul", "TRUE", "trueish", "01", "-01", "-", "+1", "1.", ".5", "-.5", "1e", "1e+",
        "1.e5",
        "0x10", "1_0", "NaN", "Infinity", "-Infinity", "1.2.3", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
        "\"\\u+123\"", "\"\\", "\"\\u", "\"\u{0}\"", "\"\u{1F}\"", "\"a\nb\"", "\"a\tb\"", "\"a", "\u{FEFF}1",
        "\u{A0}1",
        "\u{C}1", "{\"a\":\u{B}1}", "\"a\\n\u{1}\"", "(", "'a'", "[\"a\\", "0e", "--1", "1-1", "[-]",
    ])
    func refusesInvalidSyntax(text: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
        #expect(error?.code == .syntax)
        #expect((error?.offset ?? -1) >= 0 && (error?.offset ?? .max) <= text.utf8.count)
    }

    @Test(arguments: [
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\udc00\\ud800\"",
    ])
    func refusesHalfSurrogatePairs(text: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
        #expect(error?.code == .encoding)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0xC3],
            [0xF0, 0x9F, 0x9A], [0x5C, 0x6E, 0xC3], [0xFE, 0xFE],
        ] as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        let quoted = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(quoted) }
        #expect(error?.code == .encoding)
        #expect(throws: JSONError.self) { try JSONValue.parse(bytes) }
    }

    @Test func unescapesStrings() throws {
        let value = try JSONValue.parse(#""a\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude80z""#)
        #expect(value.stringValue == "a\"\\/\u{8}\u{C}\n\r\tA\u{E9}\u{20AC}\u{1F680}z")
    }

    @Test func refusesDuplicateNamesUnlessAllowed() throws {
        let text = #"{"a":1,"b":2,"\u0061":3}"#
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
        #expect(error?.code == .duplicateName)
        #expect(error?.offset == 13)
        let kept = try JSONValue.parse(text, limits: JSONLimits(repeatedNames: .kept))
        #expect(kept["a"] == 3)
        #expect(kept.objectValue?.count == 3)
        let replaced = try JSONValue.parse(text, limits: JSONLimits(repeatedNames: .replaced))
        #expect(replaced == ["a": 3, "b": 2])
        #expect(try JSONValue.parse("{\"e\u{301}\":1,\"\u{E9}\":2}")["\u{E9}"] == 2)
    }

    @Test func refusesDuplicatesAmongManyMembers() {
        let names = (0..<100).map { "\"n\($0)\":0" }
        let text = "{" + names.joined(separator: ",") + ",\"n57\":1}"
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
        #expect(error?.code == .duplicateName)
    }

    @Test(arguments: [1, 16, 128, 500])
    func boundsNesting(limit: Int) throws {
        let limits = JSONLimits(nesting: limit)
        func text(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSONValue.parse(text(limit), limits: limits) }
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(text(limit + 1), limits: limits) }
        #expect(error?.code == .tooDeep)
    }

    @Test(arguments: ["[", "{\"a\":", "[[{\"\":"])
    func survivesHostileNesting(opening: String) {
        let text = String(repeating: opening, count: 100_000)
        let error = #expect(throws: JSONError.self) {
            try JSONValue.parse(text, limits: JSONLimits(nesting: .max))
        }
        #expect(error?.code == .tooDeep)
    }

    @Test func boundsLength() throws {
        #expect(try JSONValue.parse("[1]", limits: JSONLimits(byteCount: 3)) == [1])
        let error = #expect(throws: JSONError.self) {
            try JSONValue.parse("[1] ", limits: JSONLimits(byteCount: 3))
        }
        #expect(error?.code == .tooLong)
    }

    @Test func errorNamesThePlace() {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse("{\n \"\u{E9}\": x}") }
        #expect(error?.offset == 9)
        #expect(error?.line == 2)
        #expect(error?.column == 7)
        #expect(error?.description == "expected a value, found 'x' at byte 9 (2:7)")
    }

    @Test func damagedTextNeverTraps() {
        let text = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude80",true,null],"b":{"c":"\\"}}"#.utf8)
        for position in text.indices {
            _ = try? JSONValue.parse(text[..<position])
            for byte in UInt8.min...UInt8.max {
                var damaged = text
                damaged[position] = byte
                _ = try? JSONValue.parse(damaged)
            }
        }
    }
}
