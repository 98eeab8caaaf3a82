import Tokenizer

/// A conversation at the terminal, and the orders that change it.
struct ChatState {
    /// What came of an order.
    enum Reply: Equatable {
        /// Something to tell the user.
        case told(String)
        /// The chat ends.
        case ended
        /// The last question is asked again.
        case again
    }

    private let opening: [ChatMessage]
    /// The messages so far, the system prompt first if there is one.
    var messages: [ChatMessage]
    /// The model that answers; `nil` is the daemon's default.
    var model: String?
    /// Whether the model reasons first; `nil` leaves it to the model.
    var thinking: Bool?

    /// Starts with `opening`.
    init(opening: [ChatMessage], model: String?) {
        self.opening = opening
        self.model = model
        messages = opening
    }

    /// Whether the last message is a question.
    var awaitsAnswer: Bool { messages.last?.role == .user }

    /// The orders, for /help.
    static let help = """
        /clear          forget the conversation
        /retry          ask the last question again
        /undo           take the last question and its answer back
        /system TEXT    set the system prompt, and forget the conversation
        /model NAME     let another model answer
        /think on|off   whether to reason before answering (auto: the model's habit)
        /exit           end the chat; so does Ctrl-D
        """

    /// Carries out a line that begins with a slash.
    mutating func obey(_ line: String) -> Reply {
        let words = line.split(separator: " ", maxSplits: 1)
        let argument = words.count > 1 ? String(words[1]) : ""
        switch words.first {
        case "/exit", "/quit", "/bye": return .ended
        case "/help", "/?": return .told(Self.help)
        case "/clear":
            messages = messages.first?.role == .system ? [messages[0]] : []
            return .told("the conversation is forgotten")
        case "/retry":
            while let last = messages.last, last.role == .assistant { messages.removeLast() }
            return awaitsAnswer ? .again : .told("there is no question yet")
        case "/undo": return undo()
        case "/system":
            messages = argument.isEmpty ? [] : [ChatMessage(role: .system, content: argument)]
            return .told(argument.isEmpty ? "there is no system prompt now" : "the conversation begins anew")
        case "/model":
            guard !argument.isEmpty else { return .told("the model is \(model ?? "the daemon's default")") }
            model = argument
            return .told("\(argument) answers from now on")
        case "/think": return think(argument)
        default: return .told("there is no order \(words.first ?? "/"); /help lists them")
        }
    }

    private mutating func undo() -> Reply {
        while let last = messages.last, last.role == .assistant { messages.removeLast() }
        guard awaitsAnswer else { return .told("there is nothing to take back") }
        messages.removeLast()
        return .told("the last question is taken back")
    }

    private mutating func think(_ argument: String) -> Reply {
        switch argument {
        case "on": thinking = true
        case "off": thinking = false
        case "auto": thinking = nil
        default: return .told("say /think on, /think off or /think auto")
        }
        return .told("thinking: \(argument)")
    }
}
