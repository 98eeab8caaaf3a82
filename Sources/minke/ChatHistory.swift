import CLinux
import Server

/// The lines that the user has typed in earlier chats, in a file that nobody else may read.
struct ChatHistory {
    private let path: String?
    /// Lines that are shown again at most.
    private static let lineLimit = 1000
    private static let byteLimit = 1 << 20

    /// `$XDG_STATE_HOME/minke/history`, or below the home folder; none without either.
    init() {
        let state =
            SocketPath.environment("XDG_STATE_HOME") ?? SocketPath.environment("HOME").map { $0 + "/.local/state" }
        path = state.flatMap { state in
            let folder = state + "/minke"
            guard unsafe cl_make_folders(folder, 0o700) == 0 else { return nil }
            return folder + "/history"
        }
    }

    /// The lines, the oldest first.
    var lines: [String] {
        guard let path, let bytes = try? UserFile.read(path), bytes.count <= Self.byteLimit else { return [] }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return lines.suffix(Self.lineLimit).map { $0.replacing("\u{2028}", with: "\n") }
    }

    /// Adds a line; that it cannot be kept is no reason to stop a chat.
    func append(_ line: String) {
        guard let path, !line.isEmpty else { return }
        let bytes = Array((line.replacing("\n", with: "\u{2028}") + "\n").utf8)
        _ = unsafe cl_append_private(path, bytes, bytes.count)
    }
}

extension String {
    /// The text with every `part` replaced, by code point.
    fileprivate func replacing(_ part: Unicode.Scalar, with other: Unicode.Scalar) -> String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0 == part ? other : $0 }))
    }
}
