import JSON
import Tokenizer

/// Reads what stands within a call of a tool.
struct CallBodyReader {
    /// Declared types by function and parameter, where there is one.
    private let types: [String: [String: String]]

    /// Knows the parameters of `tools`, as clients define them.
    init(_ tools: [JSONValue]) {
        var types: [String: [String: String]] = [:]
        for tool in tools {
            guard let function = tool["function"], let name = function["name"]?.stringValue else { continue }
            for parameter in function["parameters"]?["properties"]?.objectValue?.members ?? [] {
                types[name, default: [:]][parameter.name] = parameter.value["type"]?.stringValue
            }
        }
        self.types = types
    }

    /// An identifier that no other call has.
    static func freshID() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        return "call_" + String((0..<20).compactMap { _ in digits.randomElement(using: &generator) })
    }

    /// The name of the function in a header, and the identifier of the call.
    func name(_ header: String, _ syntax: CallSyntax, index: Int) -> (name: String, id: String) {
        var name = header[...]
        if let prefix = name.firstRange(of: syntax.namePrefix), !syntax.namePrefix.isEmpty {
            name = name[prefix.upperBound...]
        }
        guard syntax.namePrefix == "functions." else { return (String(name), Self.freshID()) }
        // Kimi's calls go by their whole header, which ends in their number.
        if let colon = name.lastIndex(of: ":") { name = name[..<colon] }
        return (String(name), header)
    }

    /// A call's function and arguments as a JSON object; `nil` if the body is not one.
    func read(_ body: String, _ syntax: CallSyntax, named name: String?) -> (name: String, arguments: String)? {
        switch syntax.body {
        case .arguments: return name.map { ($0, body) }
        case .object(let arguments):
            guard let call = try? JSONValue.parse(body), let name = call["name"]?.stringValue else { return nil }
            let value = call[arguments] ?? .object([:])
            return (name, value.stringValue ?? value.serialized(.compact))
        case .keysAndValues: return keysAndValues(body)
        case .parameters: return name.map { ($0, parameters(body)) }
        }
    }

    private func keysAndValues(_ body: String) -> (name: String, arguments: String)? {
        var rest = body[...]
        let end = rest.firstRange(of: "<arg_key>")?.lowerBound ?? rest.endIndex
        let name = Self.trimmed(rest[..<end])
        guard !name.isEmpty else { return nil }
        var arguments = JSONObject()
        while let key = Self.between("<arg_key>", "</arg_key>", &rest),
            let value = Self.between("<arg_value>", "</arg_value>", &rest)
        {
            let text = String(value)
            let isText = types[name]?[String(key)] == "string"
            arguments[String(key)] = isText ? .string(text) : (try? JSONValue.parse(text)) ?? .string(text)
        }
        return (name, JSONValue.object(arguments).serialized(.compact))
    }

    private func parameters(_ body: String) -> String {
        var rest = body[...]
        var arguments = JSONObject()
        while let name = Self.between("<｜DSML｜parameter name=\"", "\" string=\"", &rest),
            let kind = Self.between("", "\">", &rest), let value = Self.between("", "</｜DSML｜parameter>", &rest)
        {
            let text = String(value)
            arguments[String(name)] = kind == "true" ? .string(text) : (try? JSONValue.parse(text)) ?? .string(text)
        }
        return JSONValue.object(arguments).serialized(.compact)
    }

    /// What stands between two marks, which are taken out with all before them.
    private static func between(_ begin: String, _ end: String, _ text: inout Substring) -> Substring? {
        var start = text.startIndex
        if !begin.isEmpty {
            guard let found = text.firstRange(of: begin) else { return nil }
            start = found.upperBound
        }
        guard let found = text[start...].firstRange(of: end) else { return nil }
        defer { text = text[found.upperBound...] }
        return text[start..<found.lowerBound]
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
