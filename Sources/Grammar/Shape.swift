import JSON

/// What several schemas say together, one alternative of each choice among them taken.
struct Shape: Sendable {
    /// A set of schemas that hold together at one place: their numbers, ascending. None allows anything.
    typealias Together = [Int32]

    /// Which branch of which `oneOf` was taken.
    struct Choice: Hashable, Sendable {
        let schema: Int32
        let branch: Int
    }

    var choices: [Choice] = []
    var types: TypeSet = .all
    var values: [JSONValue]?
    var lengths = CountRange()
    var machines: [TextMachine] = []
    var range = NumberRange()
    var fractionDigits: Int?
    var prefix: [Together] = []
    var items: Together = []
    var itemCounts = CountRange()
    /// The members in the order in which they are written.
    var properties: [(name: ExactText, schemas: Together)] = []
    var propertyOfName: [ExactText: Together] = [:]
    var required: Set<ExactText> = []
    var additional: Together = []
    var propertyCounts = CountRange()

    /// What these schemas say by themselves, choices among them left out.
    init(merging nodes: [SchemaNode]) {
        for node in nodes {
            types.formIntersection(node.types)
            lengths = lengths.intersection(node.lengths)
            machines += node.machines
            range = range.intersection(node.range)
            if let digits = node.fractionDigits { fractionDigits = min(fractionDigits ?? digits, digits) }
            itemCounts = itemCounts.intersection(node.itemCounts)
            propertyCounts = propertyCounts.intersection(node.propertyCounts)
            required.formUnion(node.required)
            if let added = node.values {
                let allowed = values.map { Set($0.map { CanonicalValue($0) }) }
                values = allowed.map { allowed in added.filter { allowed.contains(CanonicalValue($0)) } } ?? added
            }
        }
        mergeItems(nodes)
        mergeProperties(nodes)
        dropImpossibleTypes()
    }

    private mutating func mergeItems(_ nodes: [SchemaNode]) {
        let count = nodes.map(\.prefix.count).max() ?? 0
        for index in 0..<count {
            prefix.append(Self.together(nodes.compactMap { index < $0.prefix.count ? $0.prefix[index] : $0.items }))
        }
        items = Self.together(nodes.compactMap(\.items))
    }

    private mutating func mergeProperties(_ nodes: [SchemaNode]) {
        additional = Self.together(nodes.compactMap(\.additional))
        var names = nodes.flatMap { $0.properties.map(\.name) }
        names += nodes.flatMap(\.required)
        for name in names where propertyOfName[name] == nil {
            let schemas = Self.together(nodes.compactMap { $0.propertyOfName[name] ?? $0.additional })
            propertyOfName[name] = schemas
            properties.append((name, schemas))
        }
    }

    private mutating func dropImpossibleTypes() {
        if let values { types.formIntersection(values.reduce(into: []) { $0.formUnion(TypeSet(of: $1)) }) }
        if lengths.isEmpty { types.remove(.string) }
        if itemCounts.isEmpty { types.remove(.array) }
        if propertyCounts.isEmpty || propertyCounts.most < required.count { types.remove(.object) }
        if range.isEmpty { types.remove(.number) }
        if fractionDigits == 0 { types.remove(.fraction) }
    }

    /// The schemas of a member.
    func schemas(of name: ExactText) -> Together { propertyOfName[name] ?? additional }

    /// The schemas of an item.
    func schemas(ofItem index: Int) -> Together { index < prefix.count ? prefix[index] : items }

    private static func together(_ schemas: [Int32]) -> Together { Set(schemas).sorted() }
}
