import JSON

/// Reads the members of one object of a request; `null` counts as absent, a wrong type is an `APIError` that names
/// the field.
struct FieldReader {
    private let object: JSONObject
    private let prefix: String

    /// Reads an object found at `path` (empty for the request itself).
    init(_ value: JSONValue, at path: String = "") throws(APIError) {
        guard let object = value.objectValue else {
            throw path.isEmpty
                ? APIError(.badRequest, type: "invalid_request_error", "the request's body must be a JSON object")
                : APIError.invalid(path, "must be an object")
        }
        self.object = object
        prefix = path.isEmpty ? "" : path + "."
    }

    /// The full name of a member.
    func path(_ name: String) -> String { prefix + name }

    /// A member of any type.
    func value(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// A string.
    func string(_ name: String) throws(APIError) -> String? {
        guard let value = value(name) else { return nil }
        guard let string = value.stringValue else { throw .invalid(path(name), "must be a string") }
        return string
    }

    /// A name, which must not be empty to count.
    func name(_ name: String) throws(APIError) -> String? {
        try string(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A truth value.
    func bool(_ name: String) throws(APIError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let bool = value.boolValue else { throw .invalid(path(name), "must be true or false") }
        return bool
    }

    /// An integer within a range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let integer = value.intValue else { throw .invalid(path(name), "must be an integer") }
        guard range.contains(integer) else {
            throw .invalid(path(name), "must be \(Self.text(range.lowerBound, range.upperBound, Int.max))")
        }
        return integer
    }

    /// A number within a range.
    func number(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Float? {
        guard let value = value(name) else { return nil }
        guard let number = value.doubleValue else { throw .invalid(path(name), "must be a number") }
        guard range.contains(number) else {
            throw .invalid(path(name), "must be between \(range.lowerBound) and \(range.upperBound)")
        }
        return Float(number)
    }

    /// An array.
    func array(_ name: String) throws(APIError) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        guard let array = value.arrayValue else { throw .invalid(path(name), "must be an array") }
        return array
    }

    /// An object.
    func object(_ name: String) throws(APIError) -> FieldReader? {
        guard let value = value(name) else { return nil }
        return try FieldReader(value, at: path(name))
    }

    /// All members, in order.
    var members: [JSONMember] { object.members }

    private static func text(_ lower: Int, _ upper: Int, _ unbounded: Int) -> String {
        upper == unbounded ? "at least \(lower)" : "between \(lower) and \(upper)"
    }
}
