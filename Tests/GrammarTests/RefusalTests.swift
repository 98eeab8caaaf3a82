import Grammar
import JSON
import Testing

@Suite struct RefusalTests {
    static let refused: [(schema: String, keyword: String, pointer: String)] = [
        (#"{"not": {}}"#, "not", ""),
        (#"{"properties": {"a": {"if": {}, "then": {}}}}"#, "if", "/properties/a"),
        (#"{"items": {"contains": {}}}"#, "contains", "/items"),
        (#"{"prefixItems": [true, {"unevaluatedItems": false}]}"#, "unevaluatedItems", "/prefixItems/1"),
        (
            ##"{"$ref": "#/$defs/a~0b", "$defs": {"a~b": {"patternProperties": {}}}}"##, "patternProperties",
            "/$defs/a~0b"
        ),
        (#"{"anyOf": [{"dependentRequired": {}}]}"#, "dependentRequired", "/anyOf/0"),
        (#"{"propertyNames": {}}"#, "propertyNames", ""),
        (#"{"uniqueItems": true}"#, "uniqueItems", ""),
        (#"{"multipleOf": 3}"#, "multipleOf", ""),
        (#"{"multipleOf": 0}"#, "multipleOf", ""),
        (#"{"items": {"$id": "x"}}"#, "$id", "/items"),
        (#"{"$anchor": "x"}"#, "$anchor", ""),
        (##"{"$dynamicRef": "#x"}"##, "$dynamicRef", ""),
        (#"{"$ref": "http://example.org/schema"}"#, "$ref", ""),
        (##"{"$ref": "#/$defs/none"}"##, "$ref", ""),
        (##"{"$ref": "#anchor"}"##, "$ref", ""),
        (##"{"$ref": "#"}"##, "$ref", ""),
        (
            ##"{"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}}"##,
            "$ref", "/$defs/a"
        ),
        (#"{"type": "text"}"#, "type", ""),
        (#"{"type": 1}"#, "type", ""),
        (#"{"enum": 1}"#, "enum", ""),
        (#"{"required": "a"}"#, "required", ""),
        (#"{"required": [1]}"#, "required", ""),
        (#"{"properties": []}"#, "properties", ""),
        (#"{"properties": {"a": 1}}"#, "", "/properties/a"),
        (#"{"items": [{}]}"#, "items", ""),
        (#"{"minItems": -1}"#, "minItems", ""),
        (#"{"minLength": 1.5}"#, "minLength", ""),
        (#"{"minimum": "1"}"#, "minimum", ""),
        (#"{"minimum": 1e300}"#, "minimum", ""),
        (#"{"anyOf": []}"#, "anyOf", ""),
        (#"{"oneOf": [{"type": "integer"}, {"type": "number"}]}"#, "oneOf", ""),
        (#"{"oneOf": [{"type": "object"}, {"properties": {"a": {}}, "required": ["a"]}]}"#, "oneOf", ""),
        (#"{"items": {"oneOf": [{"minLength": 1}, {"type": "string"}]}}"#, "oneOf", "/items"),
        (#"{"type": "object", "minProperties": 2}"#, "minProperties", ""),
        (#"{"type": "object", "maxProperties": 1000000}"#, "maxProperties", ""),
        (#"{"type": "string", "pattern": "^a*$", "maxLength": 1000000}"#, "maxLength", ""),
        ("false", "", ""),
        (#"{"type": "integer", "minimum": 2, "maximum": 1}"#, "", ""),
        (#"{"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}"#, "", ""),
        (#"{"type": "string", "enum": [1]}"#, "", ""),
        (#"{"type": "array", "items": false, "minItems": 1}"#, "", ""),
        (##"{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}"##, "", ""),
        (#"{"type": "object", "required": ["a"], "additionalProperties": false}"#, "", ""),
        (#"{"type": "string", "pattern": "^a$", "minLength": 2}"#, "", ""),
        (#"{"type": []}"#, "", ""),
        ("1", "", ""),
    ]

    @Test(arguments: refused)
    func namesTheKeywordAndThePlace(_ schema: String, _ keyword: String, _ pointer: String) throws {
        let schema = try JSONValue.parse(schema)
        do {
            _ = try Grammar(schema: schema)
            Issue.record("\(schema.serialized()) is refused")
        } catch {
            #expect(error.keyword == keyword)
            #expect(error.pointer == pointer)
            #expect(error.message.first?.isLowercase ?? false || error.message.hasPrefix("'"))
        }
    }
}
