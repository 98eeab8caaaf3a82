import Grammar
import JSON
import Tokenizer

/// Answers that are calls of tools, as a grammar: what the model writes is a call by construction.
struct CallGrammar {
    private let syntax: CallSyntax

    /// For calls written in `syntax`.
    init(_ syntax: CallSyntax) { self.syntax = syntax }

    /// One call or, in parallel, several of `tools`, of the one named `only` if that is given.
    ///
    /// Throws what of a tool's parameters cannot be enforced.
    func grammar(_ tools: [JSONValue], only: String?, inParallel: Bool) throws(GrammarError) -> Grammar {
        var calls: [Grammar] = []
        for tool in tools {
            guard let function = tool["function"], let name = function["name"]?.stringValue else { continue }
            guard only == nil || name == only else { continue }
            calls.append(try call(name, function["parameters"] ?? ["type": "object"]))
        }
        guard !calls.isEmpty else {
            throw GrammarError(keyword: "tool_choice", pointer: "", message: "no tool has the name that it asks for")
        }
        let separator = syntax.separator.isEmpty ? nil : written(syntax.separator)
        let isSingle = !inParallel || syntax.callEnd == nil
        let all = Grammar.repeated(.choice(calls), separator: separator, atLeast: 1, atMost: isSingle ? 1 : 16)
        return .sequence([written(syntax.sectionBegin ?? ""), all, written(syntax.sectionEnd ?? "")])
    }

    /// Text, calls, or text and then calls: a tool is called as its definition says, if one is called at all.
    func textOrCalls(_ tools: [JSONValue], inParallel: Bool) throws(GrammarError) -> Grammar {
        let calls = try grammar(tools, only: nil, inParallel: inParallel)
        guard syntax.callEnd != nil else {
            // A call that nothing but the answer's end ends is the whole answer, and text does not begin like one.
            return .choice([calls, .freeText(except: [], notBeginningWith: syntax.callBegin.utf8.first)])
        }
        let begin = syntax.sectionBegin ?? syntax.callBegin
        let mark = syntax.markers.first { begin.firstRange(of: $0) != nil } ?? begin
        return .sequence([.freeText(except: [mark]), .choice([calls, .text("")])])
    }

    private func call(_ name: String, _ parameters: JSONValue) throws(GrammarError) -> Grammar {
        let end = syntax.callEnd ?? ""
        switch syntax.body {
        case .arguments:
            let begin = syntax.callBegin + syntax.namePrefix + name + numbered + (syntax.headerEnd ?? "")
            return .sequence([written(begin), try Grammar(schema: parameters), written(end)])
        case .object(let arguments):
            let brace = syntax.callBegin.hasSuffix("{") ? "" : "{"
            let begin =
                syntax.callBegin + brace
                + "\"name\": \(JSONValue(name).serialized(.compact)), \"\(arguments)\": "
            return .sequence([written(begin), try Grammar(schema: parameters), .text("}"), written(end)])
        case .keysAndValues:
            let values = try members(of: parameters) { name, value, _ in
                [written("<arg_key>\(name)</arg_key><arg_value>"), value, written("</arg_value>")]
            }
            return .sequence([written(syntax.callBegin + name)] + values + [written(end)])
        case .parameters:
            let values = try members(of: parameters) { name, value, isText in
                let begin = "<｜DSML｜parameter name=\"\(name)\" string=\"\(isText)\">"
                return [written(begin), value, written("</｜DSML｜parameter>\n")]
            }
            let begin = syntax.callBegin + name + (syntax.headerEnd ?? "")
            return .sequence([written(begin)] + values + [written(end)])
        }
    }

    /// Kimi's names end in the number of the call; the first is the only one that is certain.
    private var numbered: String { syntax.namePrefix == "functions." ? ":0" : "" }

    /// The members of an object that are written one by one, those that may be missing as choices.
    private func members(
        of schema: JSONValue, _ write: (_ name: String, _ value: Grammar, _ isText: Bool) -> [Grammar]
    ) throws(GrammarError) -> [Grammar] {
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        var parts: [Grammar] = []
        for member in schema["properties"]?.objectValue?.members ?? [] {
            let isText = member.value["type"] == "string"
            let part = Grammar.sequence(write(member.name, try value(member.value, isText: isText), isText))
            parts.append(required.contains(member.name) ? part : .choice([part, .text("")]))
        }
        return parts
    }

    private func value(_ schema: JSONValue, isText: Bool) throws(GrammarError) -> Grammar {
        guard isText else { return try Grammar(schema: schema) }
        // Text is written as it is, without quotes.
        if let choices = schema["enum"]?.arrayValue {
            return .choice(choices.compactMap { $0.stringValue.map(Grammar.text) })
        }
        return .freeText(except: syntax.markers)
    }

    /// Text of the format, in which markers are tokens of their own.
    private func written(_ text: String) -> Grammar {
        var parts: [Grammar] = []
        var rest = text[...]
        while !rest.isEmpty {
            let found = syntax.markers.compactMap { marker in rest.firstRange(of: marker).map { ($0, marker) } }
            guard let (range, marker) = found.min(by: { $0.0.lowerBound < $1.0.lowerBound }) else { break }
            if range.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<range.lowerBound]))) }
            parts.append(.marker(marker))
            rest = rest[range.upperBound...]
        }
        if !rest.isEmpty || parts.isEmpty { parts.append(.text(String(rest))) }
        return .sequence(parts)
    }
}
