import JSON

/// Makes a program of a schema document.
///
/// Every set of schemas that hold together at some place of an instance becomes a rule, made once; so recursion by
/// `$ref` becomes recursion of rules. Rules are made from a list, never by recursion of the compiler.
struct SchemaCompiler {
    private let limits: GrammarLimits
    private var shapes: SchemaShapes
    private var builder = ProgramBuilder()
    private var rules: [Shape.Together: Int32] = [:]
    private var pending: [(rule: Int32, schemas: Shape.Together)] = []

    /// The program of a schema's instances.
    static func compile(_ schema: JSONValue, _ limits: GrammarLimits) throws(GrammarError) -> Program {
        var compiler = SchemaCompiler(try SchemaDocument(schema, limits), limits)
        let start = compiler.rule(of: [0])
        while let (rule, schemas) = compiler.pending.popLast() {
            try compiler.fill(rule, schemas)
        }
        guard compiler.builder.productiveRules()[Int(start)] else {
            throw GrammarError(
                keyword: "", pointer: "",
                message: "no answer can satisfy the schema; look for contradictions, and for required properties "
                    + "that contain themselves")
        }
        return compiler.builder.finish(start: start)
    }

    private init(_ document: SchemaDocument, _ limits: GrammarLimits) {
        self.limits = limits
        shapes = SchemaShapes(document)
    }

    /// The rule of schemas that hold together.
    private mutating func rule(of schemas: Shape.Together) -> Int32 {
        if schemas.isEmpty { return builder.anyValue(levels: limits.freeNesting) }
        if let rule = rules[schemas] { return rule }
        let rule = builder.rule()
        rules[schemas] = rule
        pending.append((rule, schemas))
        return rule
    }

    private mutating func fill(_ rule: Int32, _ schemas: Shape.Together) throws(GrammarError) {
        let start = builder.start(of: rule)
        let end = builder.state(in: rule, accepting: true)
        let place = schemas.first ?? 0
        for shape in try shapes.shapes(of: schemas) {
            if shape.values != nil {
                try addValues(try shapes.instances(of: shape), from: start, to: end, place)
                continue
            }
            if shape.types.contains(.null) { builder.literal("null", from: start, to: end) }
            if shape.types.contains(.boolean) {
                builder.literal("true", from: start, to: end)
                builder.literal("false", from: start, to: end)
            }
            if !shape.types.isDisjoint(with: .number) { builder.call(number(shape), from: start, to: end) }
            if shape.types.contains(.string) { builder.call(try text(shape, place), from: start, to: end) }
            if shape.types.contains(.array) { builder.call(try array(shape, place), from: start, to: end) }
            if shape.types.contains(.object) { builder.call(try object(shape, place), from: start, to: end) }
            try check(place)
        }
    }

    /// Refuses to grow beyond the limit.
    private func check(_ schema: Int32, _ keyword: String = "") throws(GrammarError) {
        guard builder.stateCount <= limits.states, builder.edges.count <= 8 * limits.states else {
            throw tooManyStates(schema, keyword)
        }
    }

    private func tooManyStates(_ schema: Int32, _ keyword: String) -> GrammarError {
        GrammarError(
            keyword: keyword, pointer: shapes.document.pointer(of: schema),
            message: "schema needs more than \(limits.states) states; simplify it")
    }

    private mutating func addValues(
        _ values: [JSONValue], from: Int32, to: Int32, _ schema: Int32
    ) throws(GrammarError) {
        var texts: Set<ExactText> = []
        var names: [ExactText] = []
        for value in values {
            let text = ExactText(value.serialized())
            if texts.insert(text).inserted { names.append(text) }
        }
        let literals = names.map { Array($0.text.utf8) }
        guard builder.addLiterals(literals, from: from, to: to, limit: limits.states) else {
            throw tooManyStates(schema, "enum")
        }
    }

    private mutating func number(_ shape: Shape) -> Int32 {
        if !shape.types.contains(.fraction) {
            if shape.range.isUnbounded {
                return builder.common(.integer) { $0.integer(NumberRange()) }
            }
            return builder.integer(shape.range)
        }
        if shape.range.isUnbounded, shape.fractionDigits == nil { return builder.anyNumber() }
        let given = max(shape.range.low?.fraction.count ?? 0, shape.range.high?.fraction.count ?? 0)
        return builder.number(
            shape.range, fractionDigits: shape.fractionDigits ?? max(ProgramBuilder.digits, given + 1))
    }

    private mutating func text(_ shape: Shape, _ schema: Int32) throws(GrammarError) -> Int32 {
        guard var machine = shape.machines.first else {
            return builder.string(atLeast: shape.lengths.least, atMost: shape.lengths.most)
        }
        var steps = limits.patternSteps
        do throws(PatternError) {
            for other in shape.machines.dropFirst() { machine = try machine.intersection(other, steps: &steps) }
        } catch {
            throw GrammarError(
                keyword: "pattern", pointer: shapes.document.pointer(of: schema), message: error.message)
        }
        let counted = shape.lengths.most == .max ? shape.lengths.least : shape.lengths.most
        guard Int(counted) < limits.states, machine.ways.count * (Int(counted) + 1) <= limits.states / 4 else {
            throw GrammarError(
                keyword: counted == shape.lengths.most ? "maxLength" : "minLength",
                pointer: shapes.document.pointer(of: schema),
                message: "pattern and length are too large together; put the length into the pattern")
        }
        return builder.text(machine, shape.lengths)
    }

    private mutating func array(_ shape: Shape, _ schema: Int32) throws(GrammarError) -> Int32 {
        let prefix = shape.prefix.map { rule(of: $0) }
        return builder.list(
            prefix: prefix, rest: rule(of: shape.items), atLeast: shape.itemCounts.least,
            atMost: shape.itemCounts.most)
    }

    private mutating func object(_ shape: Shape, _ schema: Int32) throws(GrammarError) -> Int32 {
        let members = shape.properties.map { name, schemas in
            ObjectRule.Member(name: name.text, value: rule(of: schemas), isRequired: shape.required.contains(name))
        }
        let forbidsOthers = shape.additional.contains { shapes.document.nodes[Int($0)].types.isEmpty }
        let counts = shape.propertyCounts
        let others = forbidsOthers ? nil : rule(of: shape.additional)
        let object = ObjectRule(members: members, others: others, counts: counts)
        guard object.isCountable(within: limits.states / 16) else {
            throw GrammarError(
                keyword: counts.most == .max ? "minProperties" : "maxProperties",
                pointer: shapes.document.pointer(of: schema),
                message: "count of properties is too large to enforce; lower it or remove it")
        }
        let perCount = members.reduce(0) { $0 + 6 + 2 * $1.name.utf8.count }
        let countStates = object.isCounted ? Int(object.highest) + 1 : 1
        guard perCount <= limits.states / countStates else { throw tooManyStates(schema, "properties") }
        let made = builder.object(object)
        try check(schema, "properties")
        return made
    }
}
