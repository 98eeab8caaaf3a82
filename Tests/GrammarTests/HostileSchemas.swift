import JSON

/// Schemas made to take long.
enum HostileSchemas {
    static let all: [(name: String, schema: JSONValue)] = [
        ("nested arrays", nested(2000) { ["type": "array", "items": $0] }),
        ("nested allOf", nested(60) { ["allOf": [$0, $0]] }),
        ("doubling anyOf", doubling("anyOf", 40)),
        ("doubling allOf", doubling("allOf", 40)),
        ("doubling properties", doubling("properties", 40)),
        (
            "product of anyOf",
            [
                "allOf": .array(
                    (0..<20).map { choice in
                        ["anyOf": .array((0..<3).map { ["properties": ["p\(choice)": ["const": JSONValue($0)]]] })]
                    })
            ]
        ),
        (
            "anyOf beside oneOf",
            [
                "anyOf": .array((0..<9000).map { ["const": JSONValue($0)] }),
                "oneOf": .array((0..<9000).map { ["const": JSONValue($0)] }),
            ]
        ),
        ("large enum", ["enum": .array((0..<20_000).map { JSONValue("value number \($0)") })]),
        ("too large enum", ["enum": .array((0..<20_001).map { JSONValue($0) })]),
        ("long const", ["const": .string(String(repeating: "x", count: 4_000_000))]),
        ("long name", ["properties": [String(repeating: "x", count: 4_000_000): true], "required": ["y"]]),
        ("many long properties", object(5_000, suffix: String(repeating: "y", count: 40))),
        ("many properties", object(1_000, suffix: "")),
        (
            "counted properties",
            {
                guard case .object(var schema) = object(400, suffix: "") else { return false }
                schema["minProperties"] = 200
                return .object(schema)
            }()
        ),
        ("many maxProperties", ["type": "object", "maxProperties": 12_000]),
        ("repeated repetition", pattern("(a{1000}){1000}")),
        ("deeper repetition", pattern("((((((a{99}){99}){99}){99}){99}){99}){99}")),
        ("exponential pattern", pattern("(a|b)*a(a|b){200}c")),
        ("nested stars", pattern("^((((a*)*)*)*b)*$")),
        ("deep groups", pattern(String(repeating: "(", count: 100_000))),
        ("long class", pattern("[" + String(repeating: "ab", count: 100_000) + "]")),
        (
            "many classes",
            pattern((0..<3000).map { "[\\u{\(String($0 * 7 + 256, radix: 16))}]" }.joined(separator: "|"))
        ),
        ("many patterns", ["allOf": .array((0..<2000).map { pattern("^[a-z]{1,\($0 % 50 + 1)}x?") })]),
        (
            "pattern with lengths",
            [
                "type": "string", "pattern": "^[a-z]+$", "minLength": 1_000_000, "maxLength": 2_000_000_000,
            ]
        ),
        ("long list of required", ["type": "object", "required": .array((0..<20_000).map { "n\($0)" })]),
        (
            "long chain of references",
            [
                "$ref": "#/$defs/d0",
                "$defs": .object(
                    JSONObject(
                        (0..<19_000).map { index in
                            JSONMember(
                                name: "d\(index)",
                                value: index == 18_999 ? ["type": "null"] : ["$ref": "#/$defs/d\(index + 1)"])
                        })),
            ]
        ),
        (
            "oneOf of many",
            [
                "oneOf": .array(
                    (0..<600).map { index in
                        ["type": "object", "properties": ["k": ["const": JSONValue(index)]], "required": ["k"]]
                    })
            ]
        ),
        (
            "oneOf of recursive",
            [
                "oneOf": [
                    ["type": "array", "items": ["$ref": "#"], "minItems": 1],
                    ["type": "array", "prefixItems": [["$ref": "#"]], "maxItems": 0],
                ]
            ]
        ),
        (
            "list of everything",
            ["type": "array", "prefixItems": .array((0..<10_000).map { _ in true }), "minItems": 9_999]
        ),
        (
            "huge counts",
            ["type": "array", "items": ["type": "string", "maxLength": 2_000_000_000], "maxItems": 1_000_000_000]
        ),
        (
            "many numbers",
            [
                "prefixItems": .array(
                    (0..<5_000).map { ["type": "integer", "minimum": JSONValue($0), "maximum": 987_654_321_012_345] })
            ]
        ),
        (
            "long pointers",
            [
                "properties": [
                    String(repeating: "n", count: 1_000_000): [
                        "properties": .object(
                            JSONObject(
                                (0..<5_000).map {
                                    JSONMember(name: "p\($0)", value: ["type": "null"])
                                }))
                    ]
                ]
            ]
        ),
    ]

    private static func pattern(_ text: String) -> JSONValue { ["type": "string", "pattern": .string(text)] }

    private static func nested(_ levels: Int, _ wrap: (JSONValue) -> JSONValue) -> JSONValue {
        (0..<levels).reduce(["type": "null"]) { inner, _ in wrap(inner) }
    }

    /// Definitions of which each refers to the next twice.
    private static func doubling(_ keyword: String, _ levels: Int) -> JSONValue {
        var definitions = JSONObject()
        for level in 0..<levels {
            let next: JSONValue = ["$ref": "#/$defs/l\(level + 1)"]
            let other: JSONValue = ["$ref": "#/$defs/l\(level + 1)", "title": "other"]
            definitions.append(
                "l\(level)", [keyword: keyword == "properties" ? ["a": next, "b": other] : [next, other]])
        }
        definitions.append("l\(levels)", ["type": "null"])
        return ["$ref": "#/$defs/l0", "$defs": .object(definitions)]
    }

    private static func object(_ count: Int, suffix: String) -> JSONValue {
        [
            "type": "object",
            "properties": .object(
                JSONObject(
                    (0..<count).map {
                        JSONMember(name: "property\($0)\(suffix)", value: ["type": "integer"])
                    })),
        ]
    }
}
