import Grammar
import JSON
import Testing

/// A schema, and texts that are and are not answers.
struct KeywordCase: Sendable, CustomTestStringConvertible {
    let schema: String
    let valid: [String]
    let invalid: [String]

    init(_ schema: String, valid: [String], invalid: [String]) {
        self.schema = schema
        self.valid = valid
        self.invalid = invalid
    }

    var testDescription: String { schema }
}

@Suite struct KeywordTests {
    static let types = [
        KeywordCase(#"{"type": "null"}"#, valid: ["null"], invalid: ["nul", "0", "", "null "]),
        KeywordCase(#"{"type": "boolean"}"#, valid: ["true", "false"], invalid: ["null", "True", "1"]),
        KeywordCase(
            #"{"type": "integer"}"#, valid: ["0", "-1", "12345678901234567"],
            invalid: ["01", "1.5", "-", "-0", "1e3", "\"1\"", "123456789012345678"]),
        KeywordCase(
            #"{"type": "number"}"#, valid: ["0", "-0", "1.5", "-12.25e-7", "1E9", "0.0"],
            invalid: ["01", "1.", ".5", "1e", "+1", "1e999", "NaN", "--1"]),
        KeywordCase(
            #"{"type": "string"}"#,
            valid: [#""""#, #""a b""#, #""\n\"\\\/""#, #""\u00e9\ud83d\uDE00""#, "\"é日😀\u{7F}\""],
            invalid: [
                "\"", "a", "\"\n\"", #""\x""#, #""\ud83d""#, #""\ud83dx""#, #""\ude00""#, #""\u00g0""#, #""a"b""#,
            ]),
        KeywordCase(
            #"{"type": ["string", "null"]}"#, valid: ["null", #""x""#], invalid: ["1", "[]"]),
        KeywordCase("true", valid: ["1", "null", #"{"a": [1, {"b": "c"}]}"#, "[]"], invalid: ["", "[1", "{a: 1}"]),
        KeywordCase(
            #"{"type": "array"}"#, valid: ["[]", "[1, 2]", "[\n  1,\n  2\n]", "[[], {}]"],
            invalid: ["[1,]", "[,1]", "[1 2]", "[\n\n1]", "[  1]"]),
        KeywordCase(
            #"{"type": "object"}"#, valid: ["{}", #"{"a":1}"#, "{\n  \"a\": 1,\n  \"b\": {}\n}"],
            invalid: ["{,}", #"{"a"}"#, #"{"a":1,}"#, #"{"a" :1}"#, #"{1: 2}"#]),
    ]

    static let scalars = [
        KeywordCase(#"{"const": "a\"b"}"#, valid: [#""a\"b""#], invalid: [#""ab""#, #""a""#]),
        KeywordCase(#"{"const": {"a": [1, null]}}"#, valid: [#"{"a":[1,null]}"#], invalid: [#"{"a":[1]}"#]),
        KeywordCase(
            #"{"enum": [1, "a", null, "ab", 1.0]}"#, valid: ["1", #""a""#, #""ab""#, "null"], invalid: ["2", #""b""#]),
        KeywordCase(#"{"enum": [1, "a", null], "type": "string"}"#, valid: [#""a""#], invalid: ["1", "null"]),
        KeywordCase(#"{"enum": [1, 5, 9], "minimum": 4, "maximum": 8}"#, valid: ["5"], invalid: ["1", "9"]),
        KeywordCase(#"{"enum": ["a", "bc"], "pattern": "^.$"}"#, valid: [#""a""#], invalid: [#""bc""#]),
        KeywordCase(
            #"{"type": "string", "minLength": 2, "maxLength": 3}"#,
            valid: [#""ab""#, #""a\u00e9\n""#, #""😀é日""#, #""\ud83d\ude00a""#],
            invalid: [#""a""#, #""abcd""#, #""""#]),
        KeywordCase(#"{"type": "string", "maxLength": 0}"#, valid: [#""""#], invalid: [#""a""#]),
        KeywordCase(#"{"type": "string", "minLength": 3}"#, valid: [#""abc""#, #""abcdefgh""#], invalid: [#""ab""#]),
        KeywordCase(
            #"{"type": "integer", "minimum": -3, "maximum": 12}"#, valid: ["-3", "-1", "0", "9", "10", "12"],
            invalid: ["-4", "13", "-0", "99", "-10"]),
        KeywordCase(
            #"{"type": "integer", "exclusiveMinimum": 9.5, "exclusiveMaximum": 1000}"#, valid: ["10", "99", "999"],
            invalid: ["9", "1000", "0", "-10"]),
        KeywordCase(
            #"{"type": "integer", "minimum": 95}"#, valid: ["95", "100", "99999"], invalid: ["94", "9", "0", "-95"]),
        KeywordCase(#"{"type": "integer", "maximum": -95}"#, valid: ["-95", "-100"], invalid: ["-94", "0", "95"]),
        KeywordCase(
            #"{"type": "number", "minimum": -1.25, "maximum": 10.5}"#,
            valid: ["-1.25", "-1.2500", "-1", "0", "0.0", "10.5", "10.499", "9.99", "-0.5"],
            invalid: ["-1.26", "-1.2501", "10.51", "11", "-2", "-0", "-0.0", "1e0"]),
        KeywordCase(
            #"{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}"#, valid: ["0.5", "0.01", "0.999"],
            invalid: ["0", "1", "0.0", "1.0", "-0.5"]),
        KeywordCase(
            #"{"type": "number", "minimum": 2.5}"#, valid: ["2.5", "2.6", "3", "100.1"],
            invalid: ["2.4", "2", "0.9", "-3"]),
        KeywordCase(
            #"{"type": "number", "multipleOf": 0.01, "minimum": 0}"#, valid: ["1", "1.5", "1.25"],
            invalid: ["1.255", "-1"]),
        KeywordCase(#"{"type": "number", "multipleOf": 1}"#, valid: ["1", "-7"], invalid: ["1.5"]),
    ]

    static let arrays = [
        KeywordCase(
            #"{"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3}"#,
            valid: ["[1]", "[1, 2]", "[1,2,3]"], invalid: ["[]", "[1,2,3,4]", #"["a"]"#]),
        KeywordCase(
            #"{"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false, "minItems": 1}"#,
            valid: ["[1]", #"[1, "a"]"#], invalid: ["[]", #"["a"]"#, #"[1,"a",2]"#, "[1,2]"]),
        KeywordCase(
            #"{"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "null"}, "minItems": 2, "maxItems": 3}"#,
            valid: ["[1,null]", "[1,null,null]"], invalid: ["[1]", "[1,1]", "[1,null,null,null]"]),
        KeywordCase(
            #"{"type": "array", "prefixItems": [{"const": 1}, {"const": 2}, {"const": 3}], "maxItems": 2}"#,
            valid: ["[]", "[1]", "[1,2]"], invalid: ["[1,2,3]", "[2]"]),
        KeywordCase(#"{"type": "array", "items": false}"#, valid: ["[]"], invalid: ["[1]"]),
        KeywordCase(
            #"{"type": "array", "maxItems": 1000000000, "items": {"const": 1}}"#, valid: ["[]", "[1,1,1,1]"],
            invalid: ["[2]"]),
        KeywordCase(
            #"{"type": "array", "maxItems": 1, "uniqueItems": true}"#, valid: ["[]", "[1]"], invalid: ["[1,1]"]),
    ]

    static let objects = [
        KeywordCase(
            #"{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"], "additionalProperties": false}"#,
            valid: [#"{"a":1}"#, #"{"a": 1, "b": "x"}"#],
            invalid: ["{}", #"{"b":"x"}"#, #"{"b":"x","a":1}"#, #"{"a":1,"c":2}"#, #"{"a":1,"a":1}"#]),
        KeywordCase(
            #"{"type": "object", "properties": {"a": true, "b": true, "c": true}, "additionalProperties": false}"#,
            valid: ["{}", #"{"b":1}"#, #"{"a":1,"c":2}"#, #"{"a":1,"b":2,"c":3}"#],
            invalid: [#"{"c":1,"a":2}"#, #"{"d":1}"#, "{,}"]),
        KeywordCase(
            #"{"type": "object", "properties": {"ab": {"type": "integer"}}, "additionalProperties": {"type": "null"}}"#,
            valid: [#"{"ab":1,"a":null,"abc":null,"":null,"é":null}"#, "{}", #"{"b":null}"#],
            invalid: [#"{"ab":null}"#, #"{"a":1}"#, #"{"\u0061b":null}"#, #"{"a":null,"ab":1}"#]),
        KeywordCase(
            #"{"type": "object", "properties": {"é": {"type": "integer"}}, "additionalProperties": {"type": "null"}}"#,
            valid: [#"{"é":1,"è":null,"e":null}"#, #"{"日":null}"#], invalid: [#"{"é":null}"#]),
        KeywordCase(
            #"{"type": "object", "properties": {"a\n\"": {"type": "integer"}}, "additionalProperties": {"type": "null"}}"#,
            valid: [#"{"a\n\"":1,"a":null}"#], invalid: [#"{"a\n\"":null}"#]),
        KeywordCase(
            #"{"type": "object", "required": ["x", "y"], "additionalProperties": {"type": "integer"}}"#,
            valid: [#"{"x":1,"y":2}"#, #"{"x":1,"y":2,"z":3}"#],
            invalid: [#"{"x":1}"#, #"{"y":1,"x":2}"#, #"{"x":1,"y":"s"}"#]),
        KeywordCase(
            #"{"type": "object", "additionalProperties": {"type": "integer"}}"#,
            valid: ["{}", #"{"a":1,"b":2}"#], invalid: [#"{"a":"x"}"#]),
        KeywordCase(
            #"{"type": "object", "properties": {"a": true, "b": true, "c": true}, "minProperties": 2, "additionalProperties": false}"#,
            valid: [#"{"a":1,"b":2}"#, #"{"b":1,"c":2}"#, #"{"a":1,"b":2,"c":3}"#],
            invalid: ["{}", #"{"a":1}"#, #"{"c":1}"#]),
        KeywordCase(
            #"{"type": "object", "properties": {"a": true, "b": true}, "maxProperties": 2}"#,
            valid: ["{}", #"{"a":1,"b":2}"#, #"{"a":1,"x":2}"#, #"{"x":1,"y":2}"#],
            invalid: [#"{"a":1,"b":2,"c":3}"#, #"{"x":1,"y":2,"z":3}"#]),
        KeywordCase(
            #"{"type": "object", "minProperties": 1}"#, valid: [#"{"a":1}"#, #"{"a":1,"b":2}"#], invalid: ["{}"]),
        KeywordCase(#"{"type": "object", "maxProperties": 0}"#, valid: ["{}"], invalid: [#"{"a":1}"#]),
        KeywordCase(
            #"{"type": "object", "properties": {"a": false, "b": {"type": "null"}}, "additionalProperties": false}"#,
            valid: ["{}", #"{"b":null}"#], invalid: [#"{"a":1}"#]),
    ]

    static let choices = [
        KeywordCase(
            #"{"anyOf": [{"type": "integer"}, {"const": "x"}]}"#, valid: ["1", #""x""#], invalid: [#""y""#, "null"]),
        KeywordCase(
            #"{"type": "string", "anyOf": [{"minLength": 3}, {"enum": ["a", 1]}]}"#, valid: [#""a""#, #""abc""#],
            invalid: [#""b""#, "1"]),
        KeywordCase(#"{"oneOf": [{"type": "string"}, {"type": "null"}]}"#, valid: [#""x""#, "null"], invalid: ["1"]),
        KeywordCase(
            #"{"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}, "v": {"type": "integer"}}, "required": ["k", "v"], "additionalProperties": false}, {"type": "object", "properties": {"k": {"const": "b"}}, "required": ["k"], "additionalProperties": false}]}"#,
            valid: [#"{"k":"a","v":1}"#, #"{"k":"b"}"#], invalid: [#"{"k":"a"}"#, #"{"k":"b","v":1}"#, "{}"]),
        KeywordCase(
            #"{"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 5}, {"type": "number"}]}"#, valid: ["3", "5"],
            invalid: ["2", "6", "3.5"]),
        KeywordCase(
            #"{"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"a": {"minimum": 3}, "b": {"type": "null"}}}], "type": "object"}"#,
            valid: [#"{"a":3}"#, #"{"a":4,"b":null,"c":1}"#],
            invalid: [#"{"a":2}"#, #"{"a":"x"}"#, #"{"a":3,"b":1}"#, "{}"]),
        KeywordCase(
            ##"{"$ref": "#/$defs/n~1m%25", "$defs": {"n/m%": {"type": "integer"}}, "minimum": 2}"##, valid: ["2"],
            invalid: ["1", "null"]),
        KeywordCase(
            ##"{"type": "object", "properties": {"v": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["v", "next"], "additionalProperties": false}"##,
            valid: [#"{"v":1,"next":null}"#, #"{"v":1,"next":{"v":2,"next":null}}"#],
            invalid: [#"{"v":1}"#, #"{"v":1,"next":{"v":2}}"#]),
        KeywordCase(
            ##"{"type": "array", "items": {"$ref": "#"}}"##, valid: ["[]", "[[],[[]]]"], invalid: ["[1]", "[[]"]),
        KeywordCase(
            #"{"title": "t", "description": "d", "default": 1, "examples": [2], "$comment": "c", "deprecated": true, "format": "unheard-of", "x-own": {"not": {}}, "type": "integer"}"#,
            valid: ["7"], invalid: ["null"]),
    ]

    @Test(arguments: types + scalars + arrays + objects + choices)
    func acceptsJustTheInstances(_ example: KeywordCase) throws {
        let grammar = try Grammar(schema: try JSONValue.parse(example.schema))
        for text in example.valid { #expect(grammar.accepts(text), "\(text) is an answer") }
        for text in example.invalid { #expect(!grammar.accepts(text), "\(text) is no answer") }
    }

    @Test func anyObjectIsAnObject() {
        for text in ["{}", #"{"a": [1, 2, {"b": null}]}"#] { #expect(Grammar.jsonObject.accepts(text)) }
        for text in ["[]", "1", "", "{", #"{"a"}"#] { #expect(!Grammar.jsonObject.accepts(text)) }
        let deep = { (levels: Int) in
            #"{"a":"# + String(repeating: "[", count: levels) + String(repeating: "]", count: levels) + "}"
        }
        #expect(Grammar.jsonObject.accepts(deep(63)))
        #expect(!Grammar.jsonObject.accepts(deep(64)))
    }

    @Test func stringsAreUTF8() {
        let string = Array(#"{"a":""#.utf8)
        for bytes: [UInt8] in [
            [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x80], [0x01],
        ] {
            #expect(!Grammar.jsonObject.accepts(string + bytes + Array("\"}".utf8)))
        }
        for bytes: [UInt8] in [
            [0xC2, 0x80], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        ] {
            #expect(Grammar.jsonObject.accepts(string + bytes + Array("\"}".utf8)))
        }
    }
}
