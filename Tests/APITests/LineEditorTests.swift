import Testing

@testable import minke

/// Every key of the chat's line editor.
@Suite struct LineEditorTests {
    /// What typing these bytes leads to: the last outcome, and the editor.
    static func type(_ text: String, _ editor: LineEditor = LineEditor()) -> (LineEditor.Outcome, LineEditor) {
        var editor = editor
        var outcome = LineEditor.Outcome.ignored
        for byte in text.utf8 { outcome = editor.type(byte) }
        return (outcome, editor)
    }

    static func line(_ text: String) -> String {
        let (_, editor) = type(text)
        return String(editor.line[..<editor.cursor]) + "|" + String(editor.line[editor.cursor...])
    }

    @Test(arguments: [
        ("abc", "abc|"), ("abc\u{1B}[D", "ab|c"), ("abc\u{1}x", "x|abc"), ("abc\u{1}\u{5}x", "abcx|"),
        ("abc\u{7F}", "ab|"), ("\u{7F}", "|"), ("abc\u{1}\u{1B}[3~", "|bc"), ("ab cd\u{17}", "ab |"), ("ab\u{15}", "|"),
        ("ab\u{1B}[D\u{B}", "a|"), ("grüße 😀\u{7F}\u{7F}\u{7F}", "grüß|"), ("e\u{301}\u{7F}", "|"),
        ("a b\u{1B}[1;5D\u{1B}[1;5D", "|a b"), ("a b\u{1}\u{1B}[1;5C", "a| b"), ("a\u{1B}[Hb\u{1B}[Fc", "bac|"),
        ("\u{1B}[200~a\nb\u{1B}[201~", "a\nb|"), ("a\u{1B}[99;99Xb", "ab|"), ("a\u{1B}xb", "ab|"), ("a\u{0}b", "ab|"),
    ])
    func keys(text: String, expected: String) { #expect(Self.line(text) == expected) }

    @Test func endsOfLines() {
        #expect(Self.type("hi\r").0 == .entered("hi"))
        #expect(Self.type("\u{4}").0 == .ended)
        #expect(Self.type("a\u{1}\u{4}").0 == .edited)
        #expect(Self.type("a\u{3}").0 == .abandoned)
        #expect(Self.type("\u{C}").0 == .redrawn)
        let (_, after) = Self.type("a\u{3}")
        #expect(after.line.isEmpty && after.cursor == 0)
    }

    @Test func earlierLinesComeBack() {
        let old = LineEditor(history: ["one", "two"])
        #expect(String(Self.type("dra\u{1B}[A", old).1.line) == "two")
        #expect(String(Self.type("dra\u{1B}[A\u{1B}[A\u{1B}[A", old).1.line) == "one")
        #expect(String(Self.type("dra\u{1B}[A\u{1B}[B", old).1.line) == "dra")
        #expect(String(Self.type("new\r\u{10}", old).1.line) == "new")
        #expect(String(Self.type("two\r\u{10}\u{10}", old).1.line) == "one")
    }

    @Test func whatIsNoTextDoesNoHarm() {
        var generator = SystemRandomNumberGenerator()
        var editor = LineEditor(history: ["x"])
        for _ in 0..<20_000 {
            _ = editor.type(UInt8.random(in: 0...255, using: &generator))
            #expect((0...editor.line.count).contains(editor.cursor))
        }
    }

    @Test func ordersOfTheChat() {
        var chat = ChatState(opening: [], model: nil)
        #expect(chat.obey("/help") == .told(ChatState.help) && chat.obey("/exit") == .ended)
        _ = chat.obey("/system be brief")
        chat.messages.append(.init(role: .user, content: "a"))
        chat.messages.append(.init(role: .assistant, content: "b"))
        #expect(chat.obey("/retry") == .again && chat.messages.last?.content == "a")
        _ = chat.obey("/undo")
        #expect(chat.messages.map(\.content) == ["be brief"])
        _ = chat.obey("/think on")
        _ = chat.obey("/model other")
        #expect(chat.thinking == true && chat.model == "other")
        guard case .told(let text) = chat.obey("/what") else { return #expect(Bool(false)) }
        #expect(text.contains("/what"))
    }
}
