import Grammar
import JSON
import Testing

@Suite struct PatternTests {
    static let cases = [
        KeywordCase("^a+$", valid: ["a", "aaa"], invalid: ["", "ab", "ba"]),
        KeywordCase("b", valid: ["b", "abc"], invalid: ["", "ac"]),
        KeywordCase("^(foo|ba[rz])?$", valid: ["", "foo", "bar", "baz"], invalid: ["ba", "foobar"]),
        KeywordCase("^a|b$", valid: ["ax", "xb", "a"], invalid: ["xa", "bx", ""]),
        KeywordCase("^\\d{3}-\\w{1,2}$", valid: ["123-a", "000-_9"], invalid: ["12-a", "123-abc", "123-é"]),
        KeywordCase("^[^a-c\\s]+$", valid: ["d", "é😀"], invalid: ["a", "d e", ""]),
        KeywordCase("^.$", valid: ["x", "\u{E9}", "😀"], invalid: ["", "xy", "\n"]),
        KeywordCase("^\\u00e9\\x41\\u{1F600}\\ud83d\\ude00$", valid: ["éA😀😀"], invalid: ["éA😀"]),
        KeywordCase("^(?:a|(?<n>b)){2,}?$", valid: ["ab", "bbb"], invalid: ["a"]),
        KeywordCase("^\\S+@\\S+\\.[a-z]{2,}$", valid: ["a@b.cd"], invalid: ["a@b", "a b@c.de"]),
        KeywordCase("^[\\]\\-\\\\\"]*$", valid: ["", "]-\\\""], invalid: ["a"]),
        KeywordCase("", valid: ["", "x"], invalid: []),
        KeywordCase("^$", valid: [""], invalid: ["a"]),
        KeywordCase("[]", valid: [], invalid: []),
        KeywordCase("^[a-]\\t\\n$", valid: ["a\t\n", "-\t\n"], invalid: ["at\n"]),
        KeywordCase("^(a|b)*a(a|b){3}$", valid: ["aaaa", "babbb"], invalid: ["bbbb"]),
        KeywordCase("(^x|y)z", valid: ["xz", "ayz!"], invalid: ["axz"]),
    ]

    @Test(arguments: cases.filter { !$0.valid.isEmpty })
    func findsJustTheMatches(_ example: KeywordCase) throws {
        let grammar = try Grammar(schema: ["type": "string", "pattern": .string(example.schema)])
        for text in example.valid { #expect(grammar.accepts(JSONValue(text).serialized()), "\(text) matches") }
        for text in example.invalid {
            #expect(!grammar.accepts(JSONValue(text).serialized()), "\(text) does not match")
        }
    }

    @Test func lengthsAndPatternsHoldTogether() throws {
        let grammar = try Grammar(schema: ["type": "string", "pattern": "^(ab)*$", "minLength": 3, "maxLength": 5])
        #expect(grammar.accepts("\"abab\""))
        #expect(!grammar.accepts("\"ab\""))
        #expect(!grammar.accepts("\"ababab\""))
        let two = try Grammar(schema: ["type": "string", "allOf": [["pattern": "^a"], ["pattern": "b$"]]])
        #expect(two.accepts("\"axb\""))
        #expect(!two.accepts("\"ax\""))
    }

    @Test(arguments: [
        (
            "date", ["2024-02-29", "2000-02-29", "1999-12-31"],
            ["2023-02-29", "1900-02-29", "2024-13-01", "2024-04-31"]
        ),
        ("time", ["23:59:59Z", "00:00:00.5+01:00"], ["24:00:00Z", "12:00", "12:00:00"]),
        ("date-time", ["2024-05-06T07:08:09Z"], ["2024-05-06", "2024-05-06 07:08:09Z"]),
        ("uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567", "123e4567-e89b-12d3-a456-42661417400g"]),
        ("ipv4", ["0.0.0.0", "255.10.99.1"], ["256.0.0.1", "1.2.3", "01.2.3.4"]),
        ("email", ["a.b+c@example.org"], ["a", "a@b", "@b.c", "a..b@c.de"]),
        ("duration", ["P1D", "PT5M", "P1Y2M3DT4H5M6S", "P3W"], ["P", "PT", "1D", "P1H"]),
    ])
    func formatsArePatterns(_ format: String, _ valid: [String], _ invalid: [String]) throws {
        let grammar = try Grammar(schema: ["type": "string", "format": .string(format)])
        for text in valid { #expect(grammar.accepts("\"\(text)\""), "\(text)") }
        for text in invalid { #expect(!grammar.accepts("\"\(text)\""), "\(text)") }
    }

    @Test(arguments: [
        ("a(?=b)", "lookahead"), ("a(?!b)", "lookahead"), ("(?<=a)b", "lookbehind"), ("(a)\\1", "back reference"),
        ("\\bx", "word boundary"), ("\\p{L}", "property class"), ("(?i:a)", "group modifier"), ("(a", "without ')'"),
        ("a)", "without '('"), ("[a", "without ']'"), ("a{2,1}", "out of order"), ("*a", "nothing to repeat"),
        ("[b-a]", "out of order"), ("\\ud800", "surrogate"), ("a{9999999}", "million"), ("a**", "nothing to repeat"),
        ("(a{1000}){1000}", "repeats too much"), ("(a|b)*a(a|b){1000}$", "too complex"), ("\\", "at the end"),
    ])
    func refusesWhatItCannotEnforce(_ pattern: String, _ message: String) {
        #expect {
            try Grammar(schema: ["properties": ["x": ["type": "string", "pattern": .string(pattern)]]])
        } throws: { error in
            guard let error = error as? GrammarError else { return false }
            return error.keyword == "pattern" && error.pointer == "/properties/x" && error.message.contains(message)
        }
    }
}
