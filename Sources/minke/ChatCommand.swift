import ArgumentParser
import Inference
import Tokenizer

/// `minke chat`: a conversation, a line at a time.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Talk to a model.",
        discussion:
            "Lines that begin with / are orders; /help lists them. Ctrl-C stops an answer, Ctrl-D ends the chat.")

    @OptionGroup var connection: SocketOptions
    @OptionGroup var sampling: SamplingOptions
    @OptionGroup var computing: LocalOptions
    @Argument(
        help: "An installed model's name, a file or a folder (default: the daemon's).",
        completion: ModelNames.completion)
    var model: String?

    func run() async throws {
        let model = try model.map { try ModelArgument.resolve($0) }
        let (path, computing) = (try connection.path, computing)
        let source = try await Interrupt.cancelling { try await computing.source(socketPath: path) }
        let opening = sampling.system.map { [ChatMessage(role: .system, content: $0)] } ?? []
        var chat = ChatState(opening: opening, model: model)
        let input = ChatInput()
        while let line = await input.line() {
            guard !line.isBlank else { continue }
            if line.hasPrefix("/") {
                switch chat.obey(line) {
                case .told(let text): Terminal.error(text)
                case .ended: return
                case .again: break
                }
                guard chat.awaitsAnswer else { continue }
            } else {
                chat.messages.append(ChatMessage(role: .user, content: line))
            }
            if let answer = try await answer(to: chat, from: source) {
                chat.messages.append(ChatMessage(role: .assistant, content: answer))
            } else {
                chat.messages.removeLast()
            }
        }
        if Terminal.inputIsTerminal { Terminal.errorText("\n") }
    }

    /// Prints an answer and returns it: what there is of it if it was interrupted, `nil` if it failed.
    private func answer(to chat: ChatState, from source: any AnswerSource) async throws -> String? {
        let conversation = Conversation(messages: chat.messages, thinking: chat.thinking)
        let request = GenerationRequest(
            model: chat.model, prompt: .chat(conversation), sampling: sampling.overrides,
            maximumTokens: sampling.maxTokens)
        let printer = AnswerPrinter(prints: true)
        defer { printer.end() }
        do {
            try await Interrupt.cancelling { try await source.answer(request) { printer.receive($0) } }
        } catch is CancellationError {
            return printer.text
        } catch {
            let failure = CommandFailure(error)
            // A script must not take a failed answer for a whole one; a person may go on.
            guard Terminal.inputIsTerminal else { throw failure }
            Terminal.error("minke: \(failure.message)")
            return nil
        }
        return printer.text
    }
}

extension String {
    /// Whether there is nothing to see.
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
