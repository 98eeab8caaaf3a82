import JSON

/// Whether values that a schema lists are its instances: `enum` and `const` beside other keywords.
extension SchemaShapes {
    /// The listed values of a shape that are its instances.
    mutating func instances(of shape: Shape) throws(GrammarError) -> [JSONValue] {
        var result: [JSONValue] = []
        for value in shape.values ?? [] where try admits(value, shape, isListed: true) { result.append(value) }
        return result
    }

    /// Whether a value is an instance of schemas together.
    private mutating func admits(_ value: JSONValue, _ schemas: Shape.Together) throws(GrammarError) -> Bool {
        if schemas.isEmpty { return true }
        for shape in try shapes(of: schemas) where try admits(value, shape) { return true }
        return false
    }

    /// Whether a value is an instance of a shape; `isListed` if it is known to be among the values that are listed.
    mutating func admits(_ value: JSONValue, _ shape: Shape, isListed: Bool = false) throws(GrammarError) -> Bool {
        try spend(4, on: 0, "enum")
        guard shape.types.contains(TypeSet(of: value)) else { return false }
        if !isListed, let values = shape.values {
            try spend(values.count, on: 0, "enum")
            let canonical = CanonicalValue(value)
            guard values.contains(where: { CanonicalValue($0) == canonical }) else { return false }
        }
        switch value {
        case .null, .bool: return true
        case .number(let number):
            guard let decimal = Decimal(number) else { return shape.range.isUnbounded && shape.fractionDigits == nil }
            return shape.range.contains(decimal) && decimal.fraction.count <= shape.fractionDigits ?? .max
        case .string(let text):
            try spend(text.utf8.count / 4 * shape.machines.count, on: 0, "pattern")
            return shape.lengths.contains(text.unicodeScalars.count) && shape.machines.allSatisfy { $0.accepts(text) }
        case .array(let items):
            guard shape.itemCounts.contains(items.count) else { return false }
            for (index, item) in items.enumerated() where try !admits(item, shape.schemas(ofItem: index)) {
                return false
            }
            return true
        case .object(let object):
            let names = Set(object.members.map { ExactText($0.name) })
            guard shape.propertyCounts.contains(names.count), shape.required.isSubset(of: names) else { return false }
            for member in object.members
            where try !admits(member.value, shape.schemas(of: ExactText(member.name))) { return false }
            return true
        }
    }
}
