import JSON

/// What one schema of a document says by itself; other schemas are named by their numbers.
struct SchemaNode: Sendable {
    /// Where in the document.
    let location: Int32
    var types: TypeSet = .all
    /// The schemas that hold at the same place: `$ref` and `allOf`.
    var all: [Int32] = []
    var anyOf: [Int32]?
    var oneOf: [Int32]?
    var values: [JSONValue]?

    var lengths = CountRange()
    var machines: [TextMachine] = []
    var range = NumberRange()
    /// How many digits after the point `multipleOf` leaves.
    var fractionDigits: Int?

    var prefix: [Int32] = []
    var items: Int32?
    var itemCounts = CountRange()

    var properties: [(name: ExactText, schema: Int32)] = []
    var propertyOfName: [ExactText: Int32] = [:]
    var required: [ExactText] = []
    var additional: Int32?
    var propertyCounts = CountRange()

    /// How much work it is to merge this with one other schema.
    var mergingCost: Int { 4 + 8 * (properties.count + required.count) + 4 * (prefix.count + (values?.count ?? 0)) }
}
