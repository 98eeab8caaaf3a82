import Glibc
import Inference
import JSON
import Server

/// What operators and their monitors ask. Nothing here counts as use of the model, nor tells what was said.
struct Operations: Sendable {
    /// How the daemon is.
    enum State: String {
        case idle
        case busy
        /// There is work, and for long nothing has come of it.
        case stalled
        case stopping
    }

    let core: ServiceCore
    private let stopDaemon: @Sendable () -> Void

    init(core: ServiceCore, stop: @escaping @Sendable () -> Void) {
        self.core = core
        stopDaemon = stop
    }

    /// How the daemon is now.
    var state: State {
        if core.activity.isStopping { return .stopping }
        if let silence = core.progress.silence(of: core.generator), silence > core.configuration.stallInterval {
            return .stalled
        }
        return core.activity.runningCount > 0 ? .busy : .idle
    }

    /// `/health`, as llama.cpp words it.
    var health: HTTPResponse {
        guard core.activity.isStopping else { return .json(["status": "ok"]) }
        return .json(
            ["error": ["code": 503, "message": "the daemon is stopping", "type": "unavailable_error"]], .unavailable)
    }

    /// `/livez`: whoever can say so lives. Restarting it would help nobody who waits for a slow disk.
    var live: HTTPResponse { .json(["status": "live"]) }

    /// `/readyz`: whether a request sent now would be worked on.
    var ready: HTTPResponse {
        let state = state
        switch state {
        case .idle, .busy: return .json(["status": "ready"])
        case .stalled, .stopping: return .json(["status": .string(state.rawValue)], .unavailable)
        }
    }

    /// `/v1/status`; who asks what is told to the daemon's owner only.
    func status(for peer: PeerCredentials?) -> JSONValue {
        let generator = core.generator
        let model = generator.loadedModel()
        let memory = generator.memory()
        let queue = generator.queue()
        let isOwner = core.isOwner(peer)
        return [
            "state": .string(state.rawValue), "pid": JSONValue(Int(getpid())),
            "version": .string(ProductVersion.current), "uptime_seconds": JSONValue(Int(uptime)),
            "queue_depth": JSONValue(queue.count), "queue": .array(queue.map { Self.entry($0, showsUser: isOwner) }),
            "requests_served": JSONValue(core.activity.servedCount),
            "memory": ["limit_bytes": JSONValue(memory.limit), "used_bytes": JSONValue(memory.used)],
            "model": model.map { JSONValue($0.name) } ?? .null,
            "model_bytes": model.map { JSONValue($0.byteCount) } ?? .null,
            "context_length": model?.contextLength.map { JSONValue($0) } ?? .null,
            "expires": generator.expiry().map { .string(Timestamp.text(fromNow: $0 - .now)) } ?? .null,
            "paging": generator.paging()?.totals ?? .null,
            "upstream": core.configuration.upstream?.status ?? .null,
            "board": Self.board(generator.restraint()),
        ]
    }

    private static func board(_ restraint: EngineRestraint) -> JSONValue {
        [
            "pace": JSONValue((restraint.pace * 1000).rounded() / 1000),
            "pace_reason": restraint.isPaced ? .string(restraint.paceReason) : .null,
            "celsius": restraint.temperature.map { JSONValue(($0.degrees * 10).rounded() / 10) } ?? .null,
            "throttled_at_celsius": restraint.temperature.map { JSONValue($0.trip) } ?? .null,
            "rested_ms": milliseconds(restraint.restedSeconds),
            "memory_pressure_events": JSONValue(restraint.pressureCount),
            "expert_slots": JSONValue(restraint.slotCount),
            "expert_slots_held": JSONValue(restraint.heldSlotCount),
        ]
    }

    private static func entry(_ entry: QueueEntry, showsUser: Bool) -> JSONValue {
        var members: JSONObject = ["id": JSONValue(entry.id)]
        if showsUser { members["uid"] = entry.userID.map { JSONValue(Int($0)) } ?? .null }
        members["position"] = JSONValue(entry.position)
        members["age_ms"] = milliseconds(entry.ageSeconds)
        members["eta_ms"] = milliseconds(entry.expectedSeconds)
        return .object(members)
    }

    private static func milliseconds(_ seconds: Double) -> JSONValue {
        seconds >= 0 && seconds < 1e12 ? JSONValue(Int(seconds * 1000)) : .null
    }

    /// Seconds since the start.
    var uptime: Double { (ContinuousClock.now - core.began) / .seconds(1) }

    /// `/v1/stop`
    func stop(_ request: HTTPRequest, _ writer: ResponseWriter) async throws {
        guard core.isOwner(request.peer) else {
            throw APIError(
                .forbidden, type: "permission_error", "only the daemon's own user and root may stop it")
        }
        core.activity.beginStopping()
        try await writer.send(.json(["status": "stopping"]))
        stopDaemon()
    }
}
