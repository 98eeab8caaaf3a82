import Inference
import JSON
import Server
import Tokenizer

/// Answers from a daemon, streamed over its socket.
struct RemoteAnswerSource: AnswerSource {
    let client: DaemonClient

    func answer(
        _ request: GenerationRequest, _ receive: @Sendable (GenerationEvent) async throws -> Void
    ) async throws {
        let post = ClientRequest(
            "POST", "/v1/chat/completions", headers: ["Content-Type": "application/json"],
            body: Array(try Self.body(of: request).serialized().utf8))
        try await HTTPClient(socketPath: client.socketPath).withResponse(to: post) { response in
            guard response.status.isSuccess else {
                let document = try? JSONValue.parse(try await response.body.collect())
                throw CommandFailure(daemon: document?["error"], status: response.status.code)
            }
            var events = ChunkDecoder()
            while let line = try await response.body.nextLine() {
                for event in try events.decode(line) { try await receive(event) }
            }
            if events.isDone { return }
            throw CommandFailure("the daemon ended the answer early", exitCode: ExitStatus.unreachable)
        }
    }

    /// The request in OpenAI's dialect; what is not set is not sent.
    static func body(of request: GenerationRequest) throws -> JSONValue {
        guard case .chat(let conversation) = request.prompt else {
            throw CommandFailure("the daemon takes conversations only")
        }
        var body: JSONObject = [:]
        if let model = request.model { body["model"] = .string(model) }
        body["messages"] = .array(
            conversation.messages.map {
                ["role": .string($0.role.rawValue), "content": .string($0.content)]
            })
        if let thinking = conversation.thinking { body["reasoning_effort"] = thinking ? "medium" : "none" }
        body["stream"] = true
        body["stream_options"] = ["include_usage": true]
        body["return_progress"] = true
        let sampling = request.sampling
        body["temperature"] = sampling.temperature.map(number)
        body["top_p"] = sampling.topP.map(number)
        body["top_k"] = sampling.topK.map { JSONValue($0) }
        body["min_p"] = sampling.minP.map(number)
        body["seed"] = sampling.seed.flatMap { JSONNumber(literal: String($0)) }.map { .number($0) }
        body["max_tokens"] = request.maximumTokens.map { JSONValue($0) }
        if !request.stop.isEmpty { body["stop"] = .array(request.stop.map { .string($0) }) }
        return .object(body)
    }

    /// The number as the user wrote it: 0.7 and not 0.699999988079071.
    private static func number(_ value: Float) -> JSONValue { JSONValue(Double("\(value)") ?? Double(value)) }
}
