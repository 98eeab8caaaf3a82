import JSON

/// The shapes that sets of schemas allow, each worked out once.
struct SchemaShapes {
    private(set) var document: SchemaDocument
    private var known: [Shape.Together: [Shape]] = [:]
    private var checked: Set<Shape.Together> = []
    /// How much work is left: no mixture of keywords may multiply to hours.
    private(set) var effort = 1_000_000

    init(_ document: SchemaDocument) {
        self.document = document
    }

    /// The alternatives of schemas that hold together: every instance is of one of them, and what is of one is an
    /// instance.
    mutating func shapes(of schemas: Shape.Together) throws(GrammarError) -> [Shape] {
        let shapes = try expanded(schemas)
        if checked.insert(schemas).inserted { try checkChoices(shapes) }
        return shapes
    }

    /// Takes work off what is left.
    mutating func spend(_ work: Int, on schema: Int32, _ keyword: String = "") throws(GrammarError) {
        effort -= work
        guard effort > 0 else {
            throw GrammarError(
                keyword: keyword, pointer: document.pointer(of: schema),
                message: "schema takes too much work to compile; simplify it")
        }
    }

    /// One way through the choices, on the way to be a shape.
    private struct Path {
        var pending: [Int32]
        var taken: [Int32] = []
        var types: TypeSet = .all
        var choices: [Shape.Choice] = []
    }

    /// The shapes before it is known whether the branches of each `oneOf` exclude each other.
    private mutating func expanded(_ schemas: Shape.Together) throws(GrammarError) -> [Shape] {
        if let shapes = known[schemas] { return shapes }
        var shapes: [Shape] = []
        var paths = [Path(pending: schemas.reversed())]
        while var path = paths.popLast() {
            guard let next = path.pending.popLast() else {
                let nodes = path.taken.map { document.nodes[Int($0)] }
                try spend(nodes.reduce(8) { $0 + $1.mergingCost * path.taken.count }, on: schemas.first ?? 0)
                var shape = Shape(merging: nodes)
                shape.choices = path.choices
                if !shape.types.isEmpty { shapes.append(shape) }
                continue
            }
            if !path.taken.contains(next) {
                try take(next, path, onto: &paths)
            } else {
                paths.append(path)
            }
            try checkCount(paths.count + shapes.count, next)
        }
        known[schemas] = shapes
        return shapes
    }

    private func checkCount(_ count: Int, _ schema: Int32) throws(GrammarError) {
        guard count > document.limits.alternatives else { return }
        throw GrammarError(
            keyword: document.nodes[Int(schema)].oneOf == nil ? "anyOf" : "oneOf",
            pointer: document.pointer(of: schema),
            message: "there are more than \(document.limits.alternatives) alternatives; use fewer")
    }

    /// Adds what one schema says to a path; its choices make several of it.
    private mutating func take(_ schema: Int32, _ path: Path, onto paths: inout [Path]) throws(GrammarError) {
        let node = document.nodes[Int(schema)]
        try spend(1 + path.taken.count, on: schema)
        var path = path
        path.taken.append(schema)
        path.types.formIntersection(node.types)
        guard !path.types.isEmpty else { return }
        path.pending += node.all.reversed()
        // Branches of both kinds multiply: counted before they are made.
        let (count, overflow) = (node.anyOf?.count ?? 1).multipliedReportingOverflow(by: node.oneOf?.count ?? 1)
        try checkCount(overflow ? .max : count, schema)
        try spend(count * (1 + path.taken.count + path.pending.count), on: schema)
        var made = [path]
        if let branches = node.anyOf {
            made = made.flatMap { path in branches.map { Self.path(path, adding: $0) } }
        }
        if let branches = node.oneOf {
            made = made.flatMap { path in
                branches.enumerated().map { index, branch in
                    var path = Self.path(path, adding: branch)
                    path.choices.append(Shape.Choice(schema: schema, branch: index))
                    return path
                }
            }
        }
        // The first branch is taken up first.
        paths += made.reversed()
    }

    private static func path(_ path: Path, adding schema: Int32) -> Path {
        var path = path
        path.pending.append(schema)
        return path
    }

    /// Refuses a `oneOf` of which an instance might be of two branches.
    private mutating func checkChoices(_ shapes: [Shape]) throws(GrammarError) {
        for (index, shape) in shapes.enumerated() where !shape.choices.isEmpty {
            for other in shapes[..<index] {
                let common = other.choices.first { choice in
                    shape.choices.contains { $0.schema == choice.schema && $0.branch != choice.branch }
                }
                guard let common else { continue }
                if try areDisjoint(shape, other, depth: 3) { continue }
                throw GrammarError(
                    keyword: "oneOf", pointer: document.pointer(of: common.schema),
                    message: "branches of 'oneOf' may overlap; use anyOf, or give each a required property with a "
                        + "different const")
            }
        }
    }

    /// Whether it is certain that no instance is of both shapes.
    private mutating func areDisjoint(_ one: Shape, _ other: Shape, depth: Int) throws(GrammarError) -> Bool {
        try spend(8, on: 0, "oneOf")
        let types = one.types.intersection(other.types)
        if types.isEmpty { return true }
        if one.values != nil || other.values != nil {
            let (few, all) = one.values == nil ? (other, one) : (one, other)
            var candidates = few.values ?? []
            if let values = all.values {
                try spend(values.count + candidates.count, on: 0, "oneOf")
                let listed = Set(values.map { CanonicalValue($0) })
                candidates = candidates.filter { listed.contains(CanonicalValue($0)) }
            }
            for value in candidates {
                if try admits(value, few, isListed: true), try admits(value, all, isListed: true) { return false }
            }
            return true
        }
        if !types.isDisjoint(with: [.null, .boolean]) { return false }
        if !types.isDisjoint(with: .number), !one.range.intersection(other.range).isEmpty { return false }
        if types.contains(.string), !haveDisjointTexts(one, other) { return false }
        if types.contains(.array), !one.itemCounts.intersection(other.itemCounts).isEmpty { return false }
        guard types.contains(.object) else { return true }
        return try haveDisjointMembers(one, other, depth: depth)
    }

    private func haveDisjointTexts(_ one: Shape, _ other: Shape) -> Bool {
        if one.lengths.intersection(other.lengths).isEmpty { return true }
        var steps = 10_000
        for machine in one.machines {
            for otherMachine in other.machines {
                let common = try? machine.intersection(otherMachine, steps: &steps)
                if let common, !common.accepting.contains(true) { return true }
            }
        }
        return false
    }

    /// Whether a member that both require has disjoint values, or one requires what the other excludes.
    private mutating func haveDisjointMembers(
        _ one: Shape, _ other: Shape, depth: Int
    ) throws(GrammarError) -> Bool {
        if one.propertyCounts.intersection(other.propertyCounts).isEmpty { return true }
        guard depth > 0 else { return false }
        for name in one.required.union(other.required) {
            let first = try expanded(one.schemas(of: name))
            let second = try expanded(other.schemas(of: name))
            guard one.required.contains(name), other.required.contains(name) else {
                if first.isEmpty || second.isEmpty { return true }
                continue
            }
            var areAllDisjoint = true
            for shape in first where areAllDisjoint {
                for otherShape in second where areAllDisjoint {
                    areAllDisjoint = try areDisjoint(shape, otherShape, depth: depth - 1)
                }
            }
            if areAllDisjoint { return true }
        }
        return false
    }
}
