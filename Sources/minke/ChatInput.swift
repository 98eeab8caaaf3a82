/// The lines of a chat: edited at a terminal, with those of earlier chats at hand, or read as they come.
actor ChatInput {
    private let history = ChatHistory()
    private let terminal = RawTerminal(prompt: "> ")
    private var editor: LineEditor?

    /// The next line; `nil` at the end.
    func line() async -> String? {
        guard Terminal.inputIsTerminal, Terminal.errorIsTerminal else { return await StandardInput.line() }
        let editor = self.editor ?? LineEditor(history: history.lines)
        guard let (line, next) = await terminal.line(editor) else { return nil }
        self.editor = next
        history.append(line)
        return line
    }
}
