import JSON

/// A value as JSON Schema compares it: numbers by value, members in any order, texts by code point.
indirect enum CanonicalValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Decimal)
    /// A number with too many digits to compare.
    case literal(String)
    case text(ExactText)
    case array([CanonicalValue])
    case object([ExactText: CanonicalValue])

    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .number(let number): self = Decimal(number).map { .number($0) } ?? .literal(number.literal)
        case .string(let text): self = .text(ExactText(text))
        case .array(let values): self = .array(values.map { CanonicalValue($0) })
        case .object(let object):
            var members: [ExactText: CanonicalValue] = [:]
            for member in object.members { members[ExactText(member.name)] = CanonicalValue(member.value) }
            self = .object(members)
        }
    }
}
