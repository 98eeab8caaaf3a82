import JSON

extension SchemaDocument {
    /// Reads the keywords of one schema. What is neither enforced nor an annotation is refused by name; what the
    /// standard does not know has no effect, as it says.
    mutating func read(_ value: JSONValue, at location: Int32) throws(GrammarError) -> SchemaNode {
        var node = SchemaNode(location: location)
        switch value {
        case .bool(let isTrue): if !isTrue { node.types = [] }
        case .object(let object):
            for member in object.members { try read(member, of: object, into: &node) }
        case .null, .number, .string, .array:
            throw error("", at: location, "a schema must be an object or a truth value")
        }
        return node
    }

    private mutating func read(
        _ member: JSONMember, of schema: JSONObject, into node: inout SchemaNode
    ) throws(GrammarError) {
        let (keyword, value, place) = (member.name, member.value, node.location)
        switch keyword {
        case "type": node.types = try types(value, place)
        case "enum": try add(try values(value, place), to: &node)
        case "const": try add([value], to: &node)
        case "$ref":
            guard case .string(let reference) = value else { throw error(keyword, at: place, "must be a text") }
            node.all.append(try target(of: reference, at: place))
        case "allOf": node.all += try schemas(keyword, value, place)
        case "anyOf": node.anyOf = try schemas(keyword, value, place)
        case "oneOf": node.oneOf = try schemas(keyword, value, place)
        case "minLength", "maxLength", "pattern", "format": try readText(keyword, value, into: &node)
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
            try readNumber(keyword, value, into: &node)
        case "prefixItems", "items", "minItems", "maxItems", "uniqueItems":
            try readArray(keyword, value, of: schema, into: &node)
        case "properties", "required", "additionalProperties", "minProperties", "maxProperties":
            try readObject(keyword, value, into: &node)
        case "$id":
            guard place == 0 else { throw refused(keyword, place) }
        case "not", "if", "dependentSchemas", "dependentRequired", "dependencies", "unevaluatedProperties",
            "unevaluatedItems", "contains", "propertyNames", "patternProperties", "$dynamicRef", "$dynamicAnchor",
            "$recursiveRef", "$anchor", "additionalItems":
            throw refused(keyword, place)
        default: break
        }
    }

    private func refused(_ keyword: String, _ place: Int32) -> GrammarError {
        error(keyword, at: place, "'\(keyword)' cannot be enforced; remove it")
    }

    private func types(_ value: JSONValue, _ place: Int32) throws(GrammarError) -> TypeSet {
        let names: [JSONValue] = if case .array(let names) = value { names } else { [value] }
        var types: TypeSet = []
        for name in names {
            guard case .string(let name) = name, let type = TypeSet(name: name) else {
                throw error("type", at: place, "must be a type's name or a list of such names")
            }
            types.formUnion(type)
        }
        return types
    }

    private mutating func values(_ value: JSONValue, _ place: Int32) throws(GrammarError) -> [JSONValue] {
        guard case .array(let values) = value else { throw error("enum", at: place, "must be a list of values") }
        enumValues -= values.count
        guard enumValues >= 0 else {
            throw error("enum", at: place, "there are more than \(limits.enumValues) values; list fewer")
        }
        return values
    }

    private func add(_ values: [JSONValue], to node: inout SchemaNode) throws(GrammarError) {
        guard let earlier = node.values else {
            node.values = values
            return
        }
        let allowed = Set(earlier.map { CanonicalValue($0) })
        node.values = values.filter { allowed.contains(CanonicalValue($0)) }
    }

    private mutating func schemas(
        _ keyword: String, _ value: JSONValue, _ place: Int32
    ) throws(GrammarError) -> [Int32] {
        guard case .array(let values) = value, !values.isEmpty else {
            throw error(keyword, at: place, "must be a list of schemas, not empty")
        }
        var result: [Int32] = []
        for (index, value) in values.enumerated() {
            result.append(try child(keyword, String(index), of: place, value))
        }
        return result
    }

    private func count(_ keyword: String, _ value: JSONValue, _ place: Int32) throws(GrammarError) -> Int32 {
        guard case .number(let number) = value, let decimal = Decimal(number), decimal.isInteger, !decimal.isNegative
        else { throw error(keyword, at: place, "must be an integer that is not negative and not too large") }
        return Int32(clamping: number.int ?? .max)
    }

    private mutating func readText(
        _ keyword: String, _ value: JSONValue, into node: inout SchemaNode
    ) throws(GrammarError) {
        switch keyword {
        case "minLength": node.lengths.least = try least(keyword, value, node.location)
        case "maxLength": node.lengths.most = try count(keyword, value, node.location)
        default:
            guard case .string(let text) = value else { throw error(keyword, at: node.location, "must be a text") }
            guard let pattern = keyword == "pattern" ? text : StringFormat.pattern(text) else { return }
            do throws(PatternError) {
                node.machines.append(try TextMachine(pattern: pattern, steps: &patternSteps))
            } catch {
                throw self.error(keyword, at: node.location, error.message)
            }
        }
    }

    /// A lower bound; one beyond `Int32.max` would be lost.
    private func least(_ keyword: String, _ value: JSONValue, _ place: Int32) throws(GrammarError) -> Int32 {
        let count = try count(keyword, value, place)
        guard count < .max else { throw error(keyword, at: place, "bound is too large; lower it") }
        return count
    }

    private func readNumber(_ keyword: String, _ value: JSONValue, into node: inout SchemaNode) throws(GrammarError) {
        guard case .number(let number) = value else { throw error(keyword, at: node.location, "must be a number") }
        guard let bound = Decimal(number) else {
            throw error(keyword, at: node.location, "number has more than \(Decimal.digitLimit) digits; round it")
        }
        switch keyword {
        case "minimum": node.range.raise(to: bound, including: true)
        case "maximum": node.range.lower(to: bound, including: true)
        case "exclusiveMinimum": node.range.raise(to: bound, including: false)
        case "exclusiveMaximum": node.range.lower(to: bound, including: false)
        default:
            // A power of ten bounds the digits after the point.
            let isOne = bound == Decimal(JSONNumber(1))
            let isTenth =
                bound.whole.isEmpty && bound.fraction.last == 1 && bound.fraction.dropLast().allSatisfy { $0 == 0 }
            guard !bound.isNegative, isOne || isTenth else {
                throw error(keyword, at: node.location, "only 1, 0.1, 0.01 and so on can be enforced; remove it")
            }
            node.fractionDigits = isOne ? 0 : bound.fraction.count
        }
    }

    private mutating func readArray(
        _ keyword: String, _ value: JSONValue, of schema: JSONObject, into node: inout SchemaNode
    ) throws(GrammarError) {
        switch keyword {
        case "prefixItems": node.prefix = try schemas(keyword, value, node.location)
        case "minItems": node.itemCounts.least = try least(keyword, value, node.location)
        case "maxItems": node.itemCounts.most = try count(keyword, value, node.location)
        case "uniqueItems":
            let isSingle = schema["maxItems"]?.intValue.map { $0 <= 1 } ?? false
            guard value.boolValue == false || value.boolValue == true && isSingle else {
                throw error(keyword, at: node.location, "'uniqueItems' cannot be enforced; remove it")
            }
        default:
            if case .array = value {
                throw error(keyword, at: node.location, "must be a schema; lists of schemas are called prefixItems")
            }
            node.items = try child(keyword, of: node.location, value)
        }
    }

    private mutating func readObject(
        _ keyword: String, _ value: JSONValue, into node: inout SchemaNode
    ) throws(GrammarError) {
        switch keyword {
        case "minProperties": node.propertyCounts.least = try least(keyword, value, node.location)
        case "maxProperties": node.propertyCounts.most = try count(keyword, value, node.location)
        case "additionalProperties": node.additional = try child(keyword, of: node.location, value)
        case "required":
            guard case .array(let names) = value else {
                throw error(keyword, at: node.location, "must be a list of names")
            }
            var seen: Set<ExactText> = []
            for name in names {
                guard case .string(let name) = name else {
                    throw error(keyword, at: node.location, "must be a list of names")
                }
                if seen.insert(ExactText(name)).inserted { node.required.append(ExactText(name)) }
            }
        default:
            guard case .object(let object) = value else {
                throw error(keyword, at: node.location, "must be an object of schemas")
            }
            // Before any of them is looked at: a body of many megabytes is refused as soon as it is read.
            guard object.count <= limits.schemas else { throw tooManySchemas(keyword, at: node.location) }
            for member in object.members {
                // Of a name listed twice the last schema holds, as in any other object.
                let value = object[member.name] ?? member.value
                let schema = try child(keyword, member.name, of: node.location, value)
                if node.propertyOfName.updateValue(schema, forKey: ExactText(member.name)) == nil {
                    node.properties.append((ExactText(member.name), schema))
                }
            }
        }
    }
}
