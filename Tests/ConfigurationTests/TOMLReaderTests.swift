import Testing

@testable import Configuration

@Suite struct TOMLReaderTests {
    private func read(_ text: String) throws -> TOMLDocument { try TOMLReader.read(Array(text.utf8), path: "f") }

    private func value(_ text: String) throws -> TOMLValue? { try read("k = " + text).entries.first?.value }

    private func mistake(_ text: String) -> String? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func readsTablesAndKeys() throws {
        let document = try read(
            "top = 1\r\n# c\n[ a . \"b c\" ] # c\n  x.y = 'l\\n' # c\n\n[d]\n-_9 = \"\\t\\\"\\u00e4\\U0001F600\"")
        #expect(document.entries.map(\.path) == [["top"], ["a", "b c", "x", "y"], ["d", "-_9"]])
        #expect(document.entries.map(\.value) == [.integer(1), .string("l\\n"), .string("\t\"ä😀")])
        #expect(document.tables.map(\.path) == [["a", "b c"], ["d"]])
        #expect(document.entries[1].keyOrigin == .file("f", line: 4, column: 3))
        #expect(document.entries[1].valueOrigin == .file("f", line: 4, column: 9))
    }

    @Test(arguments: [
        ("0", TOMLValue.integer(0)), ("-17", .integer(-17)), ("+1_000", .integer(1000)), ("0xfF", .integer(255)),
        ("0o17", .integer(15)), ("0b101", .integer(5)), ("1.5", .float(1.5)), ("-0.25e2", .float(-25)),
        ("1e3", .float(1000)), ("true", .boolean(true)), ("false", .boolean(false)), ("inf", .float(.infinity)),
        ("[]", .array([])), ("[1, 2,]", .array([.integer(1), .integer(2)])),
        ("[ # c\n 'a'\n , # c\n \"b\"\n]", .array([.string("a"), .string("b")])), ("''", .string("")),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ])
    func readsValues(text: String, expected: TOMLValue) throws { #expect(try value(text) == expected) }

    @Test(arguments: [
        "01", "1__0", "_1", "1_", "+0x1", "0x", "0x-1", "1.", ".5", "1.5.5", "e5", "1e", "True", "yes",
        "9223372036854775808",
        "1979-05-27", "\"a", "'a", "\"a\nb\"", "\"\"\"a\"\"\"", "'''a'''", "\"\\x\"",
        "\"\\u12\"", "\"\\ud800\"", "\"\\U00110000\"",
        "\"\u{1}\"", "[1", "[1 2]", "[[1]]", "[,]", "{a = 1}", "", "1 2", "\"a\" b", "# c", "\u{1}",
    ])
    func refuses(text: String) { #expect(mistake("k = " + text) != nil) }

    @Test(arguments: [
        ("k", "f:1:2: '=' is expected after the key 'k'"),
        ("ä = 1", "f:1:1: a key is expected: letters, digits, '_' and '-'"),
        ("[a]\nk = 1\nk = 2", "f:3:1: 'a.k' is there twice"),
        ("[a]\n[b]\n[a]", "f:3:2: [a] is there twice; put its keys in one place"),
        ("[[a]]", "f:1:2: arrays of tables are not used here; write [name]"),
        ("[a", "f:1:3: a table's name ends with ']'"),
        ("a = \"ää\" x", "f:1:10: nothing more is expected on this line"),
        ("a = on", "f:1:5: 'on' is no value; strings stand in quotes: \"on\""),
        ("a = [1,\n2", "f:1:5: the array has no ']'"),
        ("a = 'x\n'", "f:1:5: the string has no end on its line"),
        ("a = \"\\d\"", "f:1:6: no such escape; a backslash itself is written \\\\, or the string stands in '…'"),
    ])
    func saysWhere(text: String, message: String) { #expect(mistake(text) == message) }

    @Test func boundsFiles() {
        #expect(mistake(String(repeating: "#", count: TOMLReader.largestByteCount)) == nil)
        #expect(mistake(String(repeating: "#", count: TOMLReader.largestByteCount + 1)) != nil)
        #expect(throws: ConfigurationError.self) { try TOMLReader.read([0xFF], path: "f") }
        #expect(mistake("a = [" + String(repeating: "1,", count: 5000) + "]") != nil)
        #expect(mistake("\u{FEFF}a = 1") == nil)
    }

    /// Whatever is cut off or changed, the reader answers.
    @Test func survivesDamage() {
        let text = Array("[a]\nb = [1, 'x', \"\\u00e4\"]\nc.d = 1.5e3 # é\n[e.\"f\"]\r\ng = -0x1F\n".utf8)
        for end in 0...text.count { _ = try? TOMLReader.read(Array(text[..<end]), path: "f") }
        for index in text.indices {
            for byte: UInt8 in [0, 9, 10, 13, 34, 35, 39, 44, 46, 48, 61, 91, 92, 93, 95, 123, 0x80, 0xC3, 0xFF] {
                var damaged = text
                damaged[index] = byte
                _ = try? TOMLReader.read(damaged, path: "f")
            }
        }
    }
}
