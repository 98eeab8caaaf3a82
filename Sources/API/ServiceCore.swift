import Inference
import Server

/// What the dialects share: the engine, who may do what, and how a request becomes an answer.
struct ServiceCore: Sendable {
    let generator: any TextGenerator
    let configuration: ServiceConfiguration
    let activity = ActivityMonitor()
    let counters = ServiceCounters()
    let progress = ProgressWatch()
    let decoding = DecodingQueue()
    let began = ContinuousClock.now

    /// Runs and counts a request that uses the model, from its body to the end of its answer.
    func counted(_ dialect: Dialect, _ body: () async throws -> AnswerOutcome) async throws {
        do {
            guard !activity.isStopping else { throw APIError.stopping }
            let outcome = try await body()
            counters.count(dialect, outcome)
        } catch let error as APIError {
            counters.count(dialect, Task.isCancelled ? .abandoned : AnswerOutcome(error))
            throw error
        } catch {
            // Only writing fails otherwise: nobody is there to read.
            counters.count(dialect, .abandoned)
            throw error
        }
    }

    /// Has the engine answer, and sends what it says.
    func answer(
        _ generation: GenerationRequest, streams: Bool, _ encoder: some AnswerEncoder, _ writer: ResponseWriter
    ) async throws -> AnswerOutcome {
        try await activity.counting {
            let events: GenerationEvents
            do throws(GenerationError) {
                events = GenerationEvents(
                    events: try generator.submit(generation), counters: counters, progress: progress)
            } catch {
                throw APIError(error)
            }
            guard streams else { return try await PlainAnswer(encoder: encoder, writer: writer).run(events) }
            var stream = StreamedAnswer(
                encoder: encoder, writer: writer, keepaliveInterval: configuration.keepaliveInterval)
            return try await stream.run(events)
        }
    }

    /// What answers call the model that a request means.
    func displayName(of model: String?) -> String {
        model ?? generator.loadedModel()?.name ?? generator.installedModels().first?.name ?? "default"
    }

    /// Only who could read the file anyway may have the daemon open it.
    func checkModel(_ model: String?, for peer: PeerCredentials?) throws(APIError) {
        guard let model, model.hasPrefix("/"), !isOwner(peer) else { return }
        throw APIError(
            .forbidden, type: "permission_error", code: "model_path_forbidden", parameter: "model",
            "only the daemon's own user and root may name a model by its path")
    }

    /// Whether a peer is the daemon's own user or root.
    func isOwner(_ peer: PeerCredentials?) -> Bool {
        guard let peer else { return false }
        return peer.userID == 0 || peer.userID == configuration.ownerUserID
    }
}
