import Inference
import JSON
import Server
import Testing
import Timing
import Tokenizer

@testable import minke
@testable import minked

/// The command's side of the conversation, against the real service.
@Suite struct CommandTests {
    private static func request(_ prompt: String = "hi") -> GenerationRequest {
        var sampling = SamplingOverrides()
        sampling.temperature = 0.7
        sampling.topP = 0.9
        sampling.topK = 40
        sampling.minP = 0.05
        sampling.seed = .max
        let messages = [ChatMessage(role: .system, content: "be brief"), ChatMessage(role: .user, content: prompt)]
        return GenerationRequest(
            model: "deepseek-v2-lite", prompt: .chat(Conversation(messages: messages)), sampling: sampling,
            maximumTokens: 9, stop: ["END"])
    }

    @Test func theDaemonGetsWhatTheUserAsked() async throws {
        let generator = ScriptedGenerator.answering(["Hel", "lo \n\"🐋\""], prompt: 10)
        try await withService(generator) { service in
            let source = RemoteAnswerSource(client: DaemonClient(socketPath: service.path))
            let printer = AnswerPrinter(prints: false)
            try await source.answer(Self.request()) { printer.receive($0) }
            #expect(printer.text == "Hello \n\"🐋\"")
            #expect(printer.summary?.promptTokenCount == 10)
            #expect(printer.summary?.completionTokenCount == 3)
            #expect(printer.summary?.decodeSeconds == 2)
        }
        let received = try #require(generator.requests.first)
        let sent = Self.request()
        #expect(received.sampling == sent.sampling)
        #expect(received.maximumTokens == 9 && received.stop == ["END"] && received.model == sent.model)
        guard case .chat(let conversation) = received.prompt, case .chat(let original) = sent.prompt else {
            throw RawConnection.Failure(message: "no chat")
        }
        #expect(conversation.messages == original.messages)
    }

    @Test(arguments: [
        (GenerationError(.modelNotFound, "no model"), ExitStatus.failure),
        (GenerationError(.modelInvalid, "corrupt"), ExitStatus.modelInvalid),
        (GenerationError(.doesNotFit, "too big"), ExitStatus.doesNotFit),
    ])
    func failuresKeepTheirMeaning(_ error: GenerationError, _ exitCode: Int32) async throws {
        let begun: [ScriptedGenerator.Step] = [.event(.admitted(promptTokenCount: 1)), .fail(error)]
        for generator in [ScriptedGenerator([], refusal: error), ScriptedGenerator(begun)] {
            try await withService(generator) { service in
                let source = RemoteAnswerSource(client: DaemonClient(socketPath: service.path))
                await #expect {
                    try await source.answer(Self.request()) { _ in }
                } throws: {
                    let failure = CommandFailure($0)
                    return failure.exitCode == exitCode && failure.message == error.message
                }
            }
        }
        #expect(CommandFailure(error).exitCode == exitCode)
    }

    @Test func cancellingStopsTheEngine() async throws {
        let generator = ScriptedGenerator([.event(.admitted(promptTokenCount: 1)), .event(.text("a")), .hang])
        try await withService(generator) { service in
            let source = RemoteAnswerSource(client: DaemonClient(socketPath: service.path))
            let printer = AnswerPrinter(prints: false)
            let task = Task { try await source.answer(Self.request()) { printer.receive($0) } }
            let arrived = try await eventually { printer.text == "a" }
            task.cancel()
            let stopped = try await eventually { generator.abandoned.count == 1 }
            #expect(arrived && stopped)
            await #expect { try await task.value } throws: {
                CommandFailure($0).exitCode == Terminal.ExitStatusCode.interrupted
            }
        }
    }

    @Test func nobodyThere() async throws {
        let client = DaemonClient(socketPath: "/tmp/minke-nobody.sock")
        #expect(try await client.isRunning() == false)
        await #expect { try await client.get("/v1/status") } throws: {
            CommandFailure($0).exitCode == ExitStatus.unreachable
        }
    }

    @Test func chunksThatMakeNoSense() throws {
        var decoder = ChunkDecoder()
        for line in ["", ": prefill 1/2", "event: x", "data: {}", "data: {\"choices\":[]}", "data: {\"choices\":[7]}"] {
            #expect(try decoder.decode(line).isEmpty)
        }
        #expect(throws: CommandFailure.self) { try decoder.decode("data: {") }
        #expect(throws: CommandFailure.self) { try decoder.decode("data: {\"error\":\"text\"}") }
        #expect(try decoder.decode("data: [DONE]").count == 1 && decoder.isDone)
    }

    @Test func terminalsAreNotSteeredByStrangers() {
        #expect(Terminal.printable("a\u{1B}[2Jb\nc\u{7F}é") == "a [2Jb c é")
    }

    @Test(arguments: [
        ["--threads", "0"], ["--context", "-5"], ["--queue", "-1"], ["--idle-exit", "-1"], ["--nonsense"], ["word"],
        ["--memory", "much"],
    ])
    func refusesWrongOptions(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try Daemon.parse(arguments) }
    }
}
