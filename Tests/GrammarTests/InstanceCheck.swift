import JSON

/// Whether a value is valid under a schema, read straight from the standard and without a thought for speed.
struct InstanceCheck {
    let root: JSONValue

    func isValid(_ value: JSONValue) -> Bool { isValid(value, root) }

    private func isValid(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        guard case .object(let object) = schema else { return schema.boolValue ?? false }
        return object.members.allSatisfy { member in
            holds(member.name, member.value, value, object)
        }
    }

    private func holds(_ keyword: String, _ argument: JSONValue, _ value: JSONValue, _ schema: JSONObject) -> Bool {
        switch keyword {
        case "type": (argument.arrayValue ?? [argument]).contains { isOfType($0.stringValue ?? "", value) }
        case "enum": (argument.arrayValue ?? []).contains { isEqual($0, value) }
        case "const": isEqual(argument, value)
        case "$ref": isValid(value, resolve(argument.stringValue ?? ""))
        case "allOf": (argument.arrayValue ?? []).allSatisfy { isValid(value, $0) }
        case "anyOf": (argument.arrayValue ?? []).contains { isValid(value, $0) }
        case "oneOf": (argument.arrayValue ?? []).count { isValid(value, $0) } == 1
        default:
            switch value {
            case .string(let text): holds(keyword, argument, text)
            case .number(let number): holds(keyword, argument.doubleValue ?? 0, number.double)
            case .array(let items): holds(keyword, argument, items, schema)
            case .object(let members): holds(keyword, argument, members, schema)
            case .null, .bool: true
            }
        }
    }

    private func isOfType(_ name: String, _ value: JSONValue) -> Bool {
        switch value {
        case .null: name == "null"
        case .bool: name == "boolean"
        case .number(let number): name == "number" || name == "integer" && number.double == number.double.rounded()
        case .string: name == "string"
        case .array: name == "array"
        case .object: name == "object"
        }
    }

    private func isEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let one), .object(let other)):
            one.count == other.count && one.members.allSatisfy { isEqual($0.value, other[$0.name] ?? "\u{0}none") }
        case (.array(let one), .array(let other)):
            one.count == other.count && zip(one, other).allSatisfy { isEqual($0, $1) }
        default: left == right
        }
    }

    private func resolve(_ reference: String) -> JSONValue {
        var value = root
        for step in reference.split(separator: "/").dropFirst() {
            value = Int(step).flatMap { value[$0] } ?? value[String(step)] ?? false
        }
        return value
    }

    private func holds(_ keyword: String, _ argument: JSONValue, _ text: String) -> Bool {
        let count = text.unicodeScalars.count
        switch keyword {
        case "minLength": return count >= argument.intValue ?? 0
        case "maxLength": return count <= argument.intValue ?? 0
        case "pattern":
            guard let regex = try? Regex(argument.stringValue ?? "") else { return false }
            return text.firstMatch(of: regex.matchingSemantics(.unicodeScalar).asciiOnlyCharacterClasses()) != nil
        default: return true
        }
    }

    private func holds(_ keyword: String, _ bound: Double, _ value: Double) -> Bool {
        switch keyword {
        case "minimum": value >= bound
        case "maximum": value <= bound
        case "exclusiveMinimum": value > bound
        case "exclusiveMaximum": value < bound
        case "multipleOf": abs((value / bound).rounded() * bound - value) < 1e-6 * max(1, abs(value))
        default: true
        }
    }

    private func holds(_ keyword: String, _ argument: JSONValue, _ items: [JSONValue], _ schema: JSONObject) -> Bool {
        switch keyword {
        case "minItems": items.count >= argument.intValue ?? 0
        case "maxItems": items.count <= argument.intValue ?? 0
        case "prefixItems": zip(items, argument.arrayValue ?? []).allSatisfy { isValid($0, $1) }
        case "items":
            items.dropFirst(schema["prefixItems"]?.arrayValue?.count ?? 0).allSatisfy { isValid($0, argument) }
        default: true
        }
    }

    private func holds(_ keyword: String, _ argument: JSONValue, _ object: JSONObject, _ schema: JSONObject) -> Bool {
        // Readers keep the last of a repeated name.
        let names = Set(object.members.map { ExactText($0.name) }).map(\.text)
        switch keyword {
        case "required": return (argument.arrayValue ?? []).allSatisfy { object[$0.stringValue ?? ""] != nil }
        case "minProperties": return names.count >= argument.intValue ?? 0
        case "maxProperties": return names.count <= argument.intValue ?? 0
        case "properties":
            return names.allSatisfy { name in
                guard let schema = argument[name], let value = object[name] else { return true }
                return isValid(value, schema)
            }
        case "additionalProperties":
            return names.allSatisfy { name in
                guard schema["properties"]?[name] == nil, let value = object[name] else { return true }
                return isValid(value, argument)
            }
        default: return true
        }
    }
}
