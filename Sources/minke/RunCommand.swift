import ArgumentParser
import Inference
import JSON
import Tokenizer

/// `minke run`: one prompt, one answer.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Answer one prompt (from standard input if none is given).")

    @OptionGroup var connection: SocketOptions
    @OptionGroup var sampling: SamplingOptions
    @OptionGroup var computing: LocalOptions
    @Flag(help: "Print one JSON object when the answer is complete.")
    var json = false
    @Argument(
        help: "An installed model's name, a file or a folder (default: the daemon's).",
        completion: ModelNames.completion)
    var model: String?
    @Argument(help: "The prompt.")
    var prompt: String?

    func run() async throws {
        let model = try model.map { try ModelArgument.resolve($0) }
        let prompt: String
        if let given = self.prompt {
            prompt = given
        } else {
            prompt = await StandardInput.all()
        }
        guard prompt.contains(where: { !$0.isWhitespace }) else { throw ValidationError("the prompt is empty") }
        var messages = sampling.system.map { [ChatMessage(role: .system, content: $0)] } ?? []
        messages.append(ChatMessage(role: .user, content: prompt))
        let request = GenerationRequest(
            model: model, prompt: .chat(Conversation(messages: messages)), sampling: sampling.overrides,
            maximumTokens: sampling.maxTokens)

        let (path, computing) = (try connection.path, computing)
        let printer = AnswerPrinter(prints: !json)
        defer { printer.end() }
        try await Interrupt.cancelling {
            let source = try await computing.source(socketPath: path)
            try await source.answer(request) { printer.receive($0) }
        }
        if json, let summary = printer.summary {
            Terminal.output(Self.document(model, printer.text, summary).serialized() + "\n")
        }
    }

    private static func document(_ model: String?, _ text: String, _ summary: GenerationSummary) -> JSONValue {
        var document: JSONObject = [
            "model": model.map { .string($0) } ?? .null, "text": .string(text),
            "finish_reason": .string(summary.finishReason.rawValue),
            "prompt_tokens": JSONValue(summary.promptTokenCount),
            "completion_tokens": JSONValue(summary.completionTokenCount),
            "prefill_seconds": JSONValue(summary.prefillSeconds),
            "decode_seconds": JSONValue(summary.decodeSeconds),
        ]
        if let paging = summary.paging {
            document["paging"] = [
                "hit_rate": JSONValue(paging.hitRate), "bytes_read": JSONValue(paging.readByteCount),
                "stalled_seconds": JSONValue(paging.stalledSeconds),
                "disk_bytes_per_second": JSONValue(paging.diskBytesPerSecond),
            ]
        }
        return .object(document)
    }
}
