import Inference
import JSON

/// Reads the tools of a request, and whether an answer must call one.
enum ToolReader {
    /// The definitions as the client wrote them, which is how the model is shown them.
    static func tools(_ fields: FieldReader) throws(APIError) -> [JSONValue] {
        let tools = try fields.array("tools") ?? []
        for (index, tool) in tools.enumerated() {
            let tool = try FieldReader(tool, at: "\(fields.path("tools"))[\(index)]")
            guard try tool.string("type") ?? "function" == "function" else {
                throw .unsupported(tool.path("type"), "tools other than functions are")
            }
            guard let function = try tool.object("function") else {
                throw .invalid(tool.path("function"), "is required")
            }
            guard let name = try function.string("name") else {
                throw .invalid(function.path("name"), "is required")
            }
            guard isName(name) else {
                throw .invalid(function.path("name"), "must be 1 to 64 letters, digits, '_' or '-'")
            }
            _ = try function.string("description")
            _ = try function.object("parameters")
            _ = try function.bool("strict")
        }
        return tools
    }

    /// `tool_choice`, which must be possible with these tools.
    static func choice(_ fields: FieldReader, among tools: [JSONValue]) throws(APIError) -> ToolChoice {
        let name = fields.path("tool_choice")
        switch fields.value("tool_choice") {
        case nil, "auto":
            return .auto
        case "none":
            return .none
        case "required":
            guard !tools.isEmpty else { throw .invalid(name, "asks for a tool, but 'tools' is empty") }
            return .required
        case .object(let object):
            let choice = try FieldReader(.object(object), at: name)
            guard try choice.string("type") == "function" else {
                throw .unsupported(choice.path("type"), "choices other than a function are")
            }
            guard let function = try choice.object("function"), let wanted = try function.string("name") else {
                throw .invalid(choice.path("function.name"), "is required")
            }
            guard tools.contains(where: { $0["function"]?["name"]?.stringValue == wanted }) else {
                throw .invalid(name, "names a function that is not among 'tools'")
            }
            return .function(wanted)
        default:
            throw .invalid(name, "must be none, auto, required or an object that names a function")
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
