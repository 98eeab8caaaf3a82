import CLinux
import Dispatch

/// Reads lines that a person edits, with the ones before at hand. One at a time.
final class RawTerminal: Sendable {
    private let prompt: String
    private static let queue = DispatchQueue(label: "minke.terminal")

    /// Shows `prompt` before each line.
    init(prompt: String) { self.prompt = prompt }

    /// A line, and the editor for the next one; `nil` at the end of the input. Ctrl-C begins a new line.
    func line(_ editor: LineEditor) async -> (line: String, editor: LineEditor)? {
        await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: self.read(editor)) }
        }
    }

    private func read(_ start: LineEditor) -> (line: String, editor: LineEditor)? {
        var editor = start
        guard cl_terminal_raw() == 0 else { return readLine().map { ($0, editor) } }
        // Marks around pasted text keep its line ends from sending it line by line.
        Terminal.errorText("\u{1B}[?2004h")
        defer {
            Terminal.errorText("\u{1B}[?2004l")
            cl_terminal_restore()
        }
        draw(editor)
        var byte: UInt8 = 0
        while unsafe cl_read_byte(&byte) == 1 {
            switch editor.type(byte) {
            case .edited: draw(editor)
            case .redrawn:
                Terminal.errorText("\u{1B}[H\u{1B}[2J")
                draw(editor)
            case .entered(let line):
                Terminal.errorText("\r\n")
                return (line, editor)
            case .abandoned:
                Terminal.errorText("^C\r\n(Ctrl-D ends the chat)\r\n")
                draw(editor)
            case .ended: return nil
            case .ignored: break
            }
        }
        return nil
    }

    /// Draws the part of the line around the cursor that has room.
    private func draw(_ editor: LineEditor) {
        let room = max(8, Int(cl_terminal_width()) - prompt.count - 1)
        let shown = editor.line.map { $0 == "\n" ? "⏎" : $0 == "\t" ? " " : $0 }
        let widths = shown.map(Self.width)
        var first = 0
        while widths[first..<editor.cursor].reduce(0, +) >= room { first += 1 }
        var last = first
        var used = 0
        while last < shown.count, used + widths[last] <= room {
            used += widths[last]
            last += 1
        }
        let column = prompt.count + widths[first..<editor.cursor].reduce(0, +)
        let text = Terminal.printable(String(shown[first..<last]))
        Terminal.errorText("\r\u{1B}[K" + prompt + text + "\r" + (column > 0 ? "\u{1B}[\(column)C" : ""))
    }

    /// Columns of a character: East Asian wide ones and pictures take two.
    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
