import JSON

/// The schemas of a document that its root reaches, each read once.
struct SchemaDocument {
    let limits: GrammarLimits
    private(set) var nodes: [SchemaNode] = []
    /// The place of each location: the location above and the step of the pointer. Pointers are spelled out for
    /// messages only: long names in deep schemas would make them large.
    private var locations: [(above: Int32, step: ExactText)] = []
    private var depths: [Int] = []
    private var numbers: [LocationKey: Int32] = [:]
    private var nodeOfLocation: [Int32: Int32] = [:]
    private var pending: [(node: Int32, value: JSONValue)] = []
    private let root: JSONValue
    /// How many `enum` values and how much work on patterns are left.
    var enumValues: Int
    var patternSteps: Int

    private struct LocationKey: Hashable {
        let above: Int32
        let step: ExactText
    }

    /// Reads a document.
    init(_ root: JSONValue, _ limits: GrammarLimits) throws(GrammarError) {
        self.root = root
        self.limits = limits
        enumValues = limits.enumValues
        patternSteps = limits.patternSteps
        locations.append((-1, ExactText("")))
        depths.append(0)
        _ = try node(at: 0, root, keyword: "")
        while let (number, value) = pending.popLast() {
            nodes[Int(number)] = try read(value, at: nodes[Int(number)].location)
        }
        try refuseLoops()
    }

    /// The pointer of a schema.
    func pointer(of node: Int32) -> String { pointer(at: nodes[Int(node)].location) }

    /// The pointer of a location.
    func pointer(at location: Int32) -> String {
        var steps: [String] = []
        var current = location
        while current > 0 {
            let step = locations[Int(current)].step.text.unicodeScalars.map { scalar in
                scalar == "~" ? "~0" : scalar == "/" ? "~1" : String(scalar)
            }
            steps.append("/" + step.joined())
            current = locations[Int(current)].above
        }
        return steps.reversed().joined()
    }

    /// The number of a schema below a location; it is read later.
    mutating func child(
        _ keyword: String, _ step: String? = nil, of location: Int32, _ value: JSONValue
    ) throws(GrammarError) -> Int32 {
        var place = self.location(keyword, below: location)
        if let step { place = self.location(step, below: place) }
        return try node(at: place, value, keyword: keyword)
    }

    /// The number of the schema that a `$ref` names.
    mutating func target(of reference: String, at location: Int32) throws(GrammarError) -> Int32 {
        func refusal(_ what: String) -> GrammarError {
            error("$ref", at: location, "reference '\(reference.prefix(80))' \(what)")
        }
        guard reference.utf8.first == UInt8(ascii: "#") else {
            throw refusal("leads out of the schema; copy its target into $defs")
        }
        guard let fragment = Self.percentDecoded(reference.dropFirst().utf8) else {
            throw refusal("is no text; write it without percent signs")
        }
        var place: Int32 = 0
        var value = root
        guard fragment.isEmpty || fragment.utf8.first == UInt8(ascii: "/") else {
            throw refusal("names an anchor; write a pointer such as #/$defs/name")
        }
        for step in fragment.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst() {
            guard let name = Self.unescaped(step) else { throw refusal("has '~' before neither 0 nor 1") }
            let next: JSONValue? =
                switch value {
                case .object(let object): object[name]
                case .array(let values): Int(name).flatMap { values.indices.contains($0) ? values[$0] : nil }
                case .null, .bool, .number, .string: nil
                }
            guard let next else { throw refusal("names nothing; define its target in $defs") }
            value = next
            place = self.location(name, below: place)
        }
        return try node(at: place, value, keyword: "$ref")
    }

    /// An error about a keyword of the schema at a location.
    func error(_ keyword: String, at location: Int32, _ message: String) -> GrammarError {
        GrammarError(keyword: keyword, pointer: pointer(at: location), message: message)
    }

    private mutating func location(_ step: String, below above: Int32) -> Int32 {
        let key = LocationKey(above: above, step: ExactText(step))
        if let known = numbers[key] { return known }
        let location = Int32(locations.count)
        locations.append((above, key.step))
        depths.append(depths[Int(above)] + 1)
        numbers[key] = location
        return location
    }

    func tooManySchemas(_ keyword: String, at location: Int32) -> GrammarError {
        error(keyword, at: location, "there are more than \(limits.schemas) schemas; use fewer")
    }

    private mutating func node(at location: Int32, _ value: JSONValue, keyword: String) throws(GrammarError) -> Int32 {
        if let known = nodeOfLocation[location] { return known }
        guard depths[Int(location)] <= limits.nesting else {
            throw error(keyword, at: location, "schema is nested deeper than \(limits.nesting) steps; flatten it")
        }
        guard nodes.count < limits.schemas else { throw tooManySchemas(keyword, at: location) }
        let number = Int32(nodes.count)
        nodes.append(SchemaNode(location: location))
        nodeOfLocation[location] = number
        pending.append((number, value))
        return number
    }

    /// Refuses references that come back to the same place of an instance: they would say nothing.
    private func refuseLoops() throws(GrammarError) {
        var state = [UInt8](repeating: 0, count: nodes.count)
        for root in nodes.indices where state[root] == 0 {
            var path: [(node: Int, rest: ArraySlice<Int32>)] = [(root, children(of: root))]
            state[root] = 1
            while let node = path.last?.node {
                guard let child = path[path.count - 1].rest.popFirst().map({ Int($0) }) else {
                    state[node] = 2
                    path.removeLast()
                    continue
                }
                if state[child] == 1 {
                    throw error(
                        "$ref", at: nodes[child].location,
                        "schema refers to itself for the same value; put the reference below a property or item")
                }
                if state[child] == 0 {
                    state[child] = 1
                    path.append((child, children(of: child)))
                }
            }
        }
    }

    /// The schemas that a schema applies to the same value.
    private func children(of node: Int) -> ArraySlice<Int32> {
        (nodes[node].all + (nodes[node].anyOf ?? []) + (nodes[node].oneOf ?? []))[...]
    }

    private static func percentDecoded(_ text: some Collection<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func unescaped(_ step: some Collection<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = step[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
