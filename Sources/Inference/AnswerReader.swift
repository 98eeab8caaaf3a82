// Takes an answer apart while it is generated: reasoning, text, calls of tools. The counterpart of ChatFormat.render.
// Marks are looked for in the text, since not every vocabulary has tokens for them; what may become one is held back.
// Whatever does not read as a call, though it began like one, is text: nothing that a model says is lost.

import JSON
import Tokenizer

/// Turns the text of an answer into its parts.
struct AnswerReader {
    private enum Place {
        /// Before anything but white space.
        case start
        case reasoning
        /// Between the end of the reasoning and the answer.
        case afterReasoning
        case content
        /// Within the section of calls, between calls.
        case section
        /// Within a call, before the end of its function's name.
        case header
        /// Within a call's body.
        case body
    }

    private let syntax: CallSyntax?
    private let calls: CallBodyReader
    private var place: Place
    private var scanner = MarkScanner()
    /// A body that is taken apart when it is complete, and the function that the header before it named.
    private var body = "", function: String?
    /// Whether text has been told, where only an answer that begins like a call is one.
    private var hasContent = false
    /// Calls so far.
    private(set) var callCount = 0

    /// Reads an answer that begins within the reasoning if the prompt has opened it; calls are read if `syntax` is given,
    /// those of `tools`.
    init(_ syntax: CallSyntax?, tools: [JSONValue] = [], inReasoning: Bool) {
        self.syntax = syntax
        calls = CallBodyReader(tools)
        place = inReasoning ? .reasoning : .start
    }

    /// Whether what comes next is still reasoning.
    var isReasoning: Bool {
        switch place {
        case .reasoning: true
        default: false
        }
    }

    /// Adds text; the parts that became certain.
    mutating func append(_ text: String) -> [AnswerPart] {
        scanner.append(text)
        var parts: [AnswerPart] = []
        while step(&parts) {}
        return parts
    }

    /// What was held back, once it is known that nothing follows.
    mutating func finish() -> [AnswerPart] {
        var parts: [AnswerPart] = []
        let rest = scanner.takeAll()
        switch place {
        case .reasoning: Self.add(.reasoning(rest), to: &parts)
        case .start, .afterReasoning, .content: Self.add(.content(rest), to: &parts)
        case .section, .header: break
        case .body: finishBody(rest, &parts)
        }
        return parts
    }

    private mutating func finishBody(_ rest: String, _ parts: inout [AnswerPart]) {
        guard let syntax else { return }
        if syntax.body == .arguments { return Self.add(.arguments(index: callCount - 1, rest), to: &parts) }
        // Only where the end of the answer ends a call is this one complete; its beginning is part of it then.
        guard syntax.callEnd == nil else { return Self.add(.content(syntax.callBegin + body + rest), to: &parts) }
        if !takeApart(body + rest, syntax, &parts) { Self.add(.content(body + rest), to: &parts) }
    }

    /// Goes on by one mark; `false` if more text is needed.
    private mutating func step(_ parts: inout [AnswerPart]) -> Bool {
        switch place {
        case .start: return readStart()
        case .reasoning:
            let (text, mark) = scanner.take(until: ["</think>"])
            Self.add(.reasoning(text), to: &parts)
            if mark != nil { place = .afterReasoning }
            return mark != nil
        case .afterReasoning:
            if scanner.dropSpace() { place = .content }
            return place == .content
        case .content: return readContent(&parts)
        case .section: return readSection()
        case .header: return readHeader(&parts)
        case .body: return readBody(&parts)
        }
    }

    private mutating func readStart() -> Bool {
        var ahead = scanner
        guard ahead.dropSpace() else { return false }
        switch ahead.begins(with: "<think>") {
        case nil: return false
        case true?:
            _ = scanner.take(until: ["<think>"])
            place = .reasoning
        case false?: place = .content
        }
        return true
    }

    private mutating func readContent(_ parts: inout [AnswerPart]) -> Bool {
        guard let syntax else {
            Self.add(.content(scanner.takeAll()), to: &parts)
            return false
        }
        if syntax.callEnd == nil {
            // A call that nothing but the end of the answer ends has to be the answer.
            guard callCount == 0, parts.isEmpty, !hasContent, scanner.begins(with: syntax.callBegin) == true else {
                Self.add(.content(scanner.takeAll()), to: &parts)
                hasContent = true
                return false
            }
            place = .body
            _ = scanner.take(until: [syntax.callBegin])
            body = syntax.callBegin
            return true
        }
        let (text, mark) = scanner.take(until: [syntax.sectionBegin ?? syntax.callBegin])
        // White space between two calls says nothing.
        if callCount == 0 || text.contains(where: { !$0.isWhitespace }) { Self.add(.content(text), to: &parts) }
        guard mark != nil else { return false }
        place = syntax.sectionBegin != nil ? .section : afterBegin(syntax)
        return true
    }

    private func afterBegin(_ syntax: CallSyntax) -> Place { syntax.headerEnd != nil ? .header : .body }

    private mutating func readSection() -> Bool {
        guard let syntax, let end = syntax.sectionEnd else { return false }
        switch scanner.take(until: [syntax.callBegin, end]).mark {
        case 0: place = afterBegin(syntax)
        case 1: place = .content
        default: return false
        }
        return true
    }

    private mutating func readHeader(_ parts: inout [AnswerPart]) -> Bool {
        guard let syntax, let end = syntax.headerEnd else { return false }
        // The name is short; until its end it is held as a whole.
        var ahead = scanner
        let (text, mark) = ahead.take(until: [end])
        guard mark != nil else { return false }
        scanner = ahead
        let (name, id) = calls.name(text, syntax, index: callCount)
        parts.append(.call(index: callCount, id: id, name: name))
        callCount += 1
        (body, function) = ("", name)
        place = .body
        return true
    }

    private mutating func readBody(_ parts: inout [AnswerPart]) -> Bool {
        guard let syntax, let end = syntax.callEnd else {
            body += scanner.takeAll()
            return false
        }
        let (text, mark) = scanner.take(until: [end])
        if syntax.body == .arguments {
            Self.add(.arguments(index: callCount - 1, text), to: &parts)
        } else {
            body += text
        }
        guard mark != nil else { return false }
        if syntax.body != .arguments, !takeApart(body, syntax, &parts) {
            Self.add(.content(syntax.callBegin + body + end), to: &parts)
        }
        body = ""
        place = syntax.sectionEnd != nil ? .section : .content
        return true
    }

    /// Tells a call whose body is complete; `false` if it is none.
    private mutating func takeApart(_ body: String, _ syntax: CallSyntax, _ parts: inout [AnswerPart]) -> Bool {
        guard let call = calls.read(body, syntax, named: function) else { return false }
        if syntax.headerEnd == nil {
            parts.append(.call(index: callCount, id: CallBodyReader.freshID(), name: call.name))
            callCount += 1
        }
        parts.append(.arguments(index: callCount - 1, call.arguments))
        return true
    }

    private static func add(_ part: AnswerPart, to parts: inout [AnswerPart]) {
        switch part {
        case .content(let text), .reasoning(let text), .arguments(_, let text): if !text.isEmpty { parts.append(part) }
        case .call: parts.append(part)
        }
    }
}
