import JSON

/// Reads fields of a configuration by name and checks their kind and range.
protocol ConfigurationFields {
    /// File that holds the fields.
    var path: String { get }
    /// The value of a field, `nil` if it is absent or null.
    func value(_ name: String) -> ConfigurationValue?
    /// The full name, for messages.
    func fullName(_ name: String) -> String
}

/// A field's value in terms that both file kinds have.
enum ConfigurationValue {
    case integer(Int)
    case float(Double)
    case bool(Bool)
    case string(String)
    case other(String)
}

extension ConfigurationFields {
    func error(_ name: String, _ message: String) -> CheckpointError {
        CheckpointError(.invalidConfiguration, path: path, field: fullName(name), message)
    }

    /// A size: an integer from `minimum` to 2³⁰.
    func size(_ name: String, atLeast minimum: Int = 1) throws(CheckpointError) -> Int {
        guard let value = try optionalSize(name, atLeast: minimum) else { throw error(name, "is missing") }
        return value
    }

    /// A size that may be absent.
    func optionalSize(_ name: String, atLeast minimum: Int = 1) throws(CheckpointError) -> Int? {
        switch value(name) {
        case nil: return nil
        case .integer(let number):
            guard number >= minimum, number <= 1 << 30 else {
                throw error(name, "is \(number); it must be from \(minimum) to \(1 << 30)")
            }
            return number
        case .float(let number): throw error(name, "is \(number); it must be an integer from \(minimum) to \(1 << 30)")
        case .some: throw error(name, "must be an integer")
        }
    }

    /// The size under the first of two names that is present.
    func size(_ name: String, else other: String) throws(CheckpointError) -> Int {
        if let value = try optionalSize(name) { return value }
        return try size(other)
    }

    /// A finite number.
    func number(_ name: String) throws(CheckpointError) -> Double {
        guard let value = try optionalNumber(name) else { throw error(name, "is missing") }
        return value
    }

    /// A finite number that may be absent.
    func optionalNumber(_ name: String) throws(CheckpointError) -> Double? {
        let number: Double
        switch value(name) {
        case nil: return nil
        case .integer(let integer): number = Double(integer)
        case .float(let float): number = float
        case .some: throw error(name, "must be a number")
        }
        // Settings end up as Float; a number that is none there would turn every result into nonsense.
        guard Float(number).isFinite else { throw error(name, "is \(number); a finite number is expected") }
        return number
    }

    /// A number above zero.
    func positive(_ name: String) throws(CheckpointError) -> Double {
        guard let value = try optionalPositive(name) else { throw error(name, "is missing") }
        return value
    }

    /// A number above zero that may be absent.
    func optionalPositive(_ name: String) throws(CheckpointError) -> Double? {
        guard let value = try optionalNumber(name) else { return nil }
        guard Float(value) > 0 else { throw error(name, "is \(value); it must be above 0") }
        return value
    }

    /// A boolean that may be absent.
    func optionalBool(_ name: String) throws(CheckpointError) -> Bool? {
        switch value(name) {
        case nil: return nil
        case .bool(let flag): return flag
        case .some: throw error(name, "must be true or false")
        }
    }

    /// A boolean.
    func bool(_ name: String) throws(CheckpointError) -> Bool {
        guard let flag = try optionalBool(name) else { throw error(name, "is missing") }
        return flag
    }

    /// A string.
    func string(_ name: String) throws(CheckpointError) -> String {
        guard let text = try optionalString(name) else { throw error(name, "is missing") }
        return text
    }

    /// A string that may be absent.
    func optionalString(_ name: String) throws(CheckpointError) -> String? {
        switch value(name) {
        case nil: return nil
        case .string(let text): return text
        case .some: throw error(name, "must be a string")
        }
    }
}

/// Fields of a config.json or of an object inside it.
struct JSONFields: ConfigurationFields {
    let path: String
    let object: JSONObject
    var prefix = ""

    func fullName(_ name: String) -> String { prefix + name }

    func value(_ name: String) -> ConfigurationValue? {
        guard let value = object[name], !value.isNull else { return nil }
        if let flag = value.boolValue { return .bool(flag) }
        if let text = value.stringValue { return .string(text) }
        if let integer = value.intValue { return .integer(integer) }
        if case .number = value { return .float(value.doubleValue ?? .infinity) }
        return .other(value.arrayValue == nil ? "an object" : "an array")
    }

    /// The fields of an object inside.
    func object(_ name: String) throws(CheckpointError) -> JSONFields {
        guard let fields = try nested(name) else { throw error(name, "is missing") }
        return fields
    }

    /// The fields of the objects in an array; none if it is absent.
    func objects(_ name: String) throws(CheckpointError) -> [JSONFields] {
        guard let value = object[name] else { return [] }
        guard let elements = value.arrayValue else { throw error(name, "must be an array") }
        var fields: [JSONFields] = []
        for (index, element) in elements.enumerated() {
            guard let object = element.objectValue else { throw error("\(name)[\(index)]", "must be an object") }
            fields.append(JSONFields(path: path, object: object, prefix: "\(prefix)\(name)[\(index)]."))
        }
        return fields
    }

    /// The fields of an object inside, `nil` if it is absent or null.
    func nested(_ name: String) throws(CheckpointError) -> JSONFields? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let nested = value.objectValue else { throw error(name, "must be an object") }
        return JSONFields(path: path, object: nested, prefix: prefix + name + ".")
    }
}

/// Metadata of a GGUF file under an architecture's prefix.
struct GGUFFields: ConfigurationFields {
    let path: String
    let metadata: [String: GGUFValue]
    let architecture: String

    func fullName(_ name: String) -> String { architecture + "." + name }

    func value(_ name: String) -> ConfigurationValue? {
        switch metadata[fullName(name)] {
        case nil: nil
        case .integer(let integer): .integer(integer)
        case .float(let float): .float(float)
        case .bool(let flag): .bool(flag)
        case .string(let text): .string(text)
        case .some(let value): .other(value.kind)
        }
    }
}
