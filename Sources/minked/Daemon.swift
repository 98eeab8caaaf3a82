import API
import ArgumentParser
import Board
import Glibc
import Inference
import Kernels
import Logging
import Memory
import Server

/// Serves a model on a Unix socket until it is told to stop.
struct Daemon: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "minked")

    @Option(help: ArgumentHelp("Listen on this Unix socket.", valueName: "path"))
    var socket: String?
    @Option(help: ArgumentHelp("The default model: a name, a file or a folder.", valueName: "model"))
    var model: String?
    @Option(
        name: .customLong("models"), help: ArgumentHelp("Look for models here (may be repeated).", valueName: "folder"))
    var modelFolders: [String] = []
    @Option(help: "Threads that compute.")
    var threads: Int?
    @Option(
        help: ArgumentHelp("Memory budget, like 3G or 512M.", valueName: "size"), transform: ByteSize.init(parsing:))
    var memory: ByteSize?
    @Option(help: ArgumentHelp("Context length in tokens.", valueName: "tokens"))
    var context: Int?
    @Option(
        help: "Arithmetic: int8 multiplies integers where it can, f32 is the reference.",
        completion: .list(Precision.allCases.map(\.rawValue)), transform: Precision.init(parsing:))
    var precision = Precision.int8
    @Option(
        name: .customLong("cache"),
        help: ArgumentHelp("Keep conversations' contexts here between runs.", valueName: "folder"))
    var cacheFolder: String?
    @Option(
        help: ArgumentHelp("What they may take on disk (default: 1G).", valueName: "size"),
        transform: ByteSize.init(parsing:))
    var cacheSize: ByteSize?
    @Flag(help: "Keep nothing between runs.")
    var noCache = false
    @Option(help: "Requests that may wait.")
    var queue: Int = 64
    @Option(help: "Answers that may be generated together.")
    var sessions: Int = 2
    @Option(help: ArgumentHelp("End after this long without a request; 0 never does.", valueName: "seconds"))
    var idleExit: Int = 0
    @Flag(help: "Print the version.")
    var version = false

    /// How long running answers may take once the daemon is told to stop (systemd waits 15 seconds).
    static let drainDeadline = Duration.seconds(10)

    func validate() throws {
        if version { throw CleanExit.message("minked \(ProductVersion.current)") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024") }
        if let context, !(1...(1 << 30)).contains(context) { throw ValidationError("--context must be at least 1") }
        guard (0...100_000).contains(queue) else { throw ValidationError("--queue must be 0 to 100000") }
        guard EngineOptions.sessionLimits.contains(sessions) else {
            throw ValidationError("--sessions must be 1 to \(EngineOptions.sessionLimits.upperBound)")
        }
        guard (0...1_000_000_000).contains(idleExit) else { throw ValidationError("--idle-exit must be at least 0") }
    }

    /// Runs the daemon to its end.
    func serve() async throws {
        LoggingSystem.bootstrap { _ in StandardErrorLog() }
        let logger = Logger(label: "minked")
        let notifier = ServiceNotifier()
        // The socket first: a second daemon is refused before it loads a model, and clients may already queue.
        let listening = try listeningSocket()
        let generator: any TextGenerator
        do {
            generator = try Self.makeGenerator(engineSettings(logger))
        } catch {
            listening.close()
            throw error
        }

        let (reasons, stop) = AsyncStream.makeStream(of: StopReason.self)
        let service = Service(
            generator: generator, configuration: ServiceConfiguration(ownerUserID: geteuid())
        ) { stop.yield(.request) }
        let server = try await HTTPServer.start(on: listening, handler: service, logger: logger)
        Signals.whenAsked { stop.yield(.signal($0)) }
        let watch = IdleWatch(service: service, generator: generator, notifier: notifier, idleExitSeconds: idleExit)
        let watching = Task { await watch.run { stop.yield(.idle) } }
        logger.notice("minked \(ProductVersion.current) serves \(server.path)")
        notifier.ready(watch.status)

        var reason: StopReason?
        for await first in reasons {
            reason = first
            break
        }
        watching.cancel()
        // A request that slips in while an idle daemon ends is served; in the other cases it is refused.
        let isIdle = if case .idle = reason { true } else { false }
        if !isIdle { service.activity.beginStopping() }
        logger.notice("stopping: \(reason?.description ?? "no reason")")
        notifier.stopping("finishing \(service.activity.runningCount) requests")
        await server.stop(deadline: isIdle ? .seconds(3600) : Self.drainDeadline)
        await generator.persist()
        logger.notice("stopped")
    }

    private func engineSettings(_ logger: Logger) -> EngineSettings {
        EngineSettings(
            model: model, modelFolders: modelFolders, threadCount: threads, memoryByteCount: memory?.byteCount,
            contextLength: context, precision: precision,
            contextFolder: noCache ? nil : cacheFolder ?? CacheFolder.standard(),
            contextByteLimit: cacheSize?.byteCount ?? 1 << 30, queueLimit: queue, sessionLimit: sessions, logger: logger
        )
    }

    private func listeningSocket() throws(ServerError) -> ListeningSocket {
        if let inherited = InheritedSockets.take().first {
            return try ListeningSocket(inherited: inherited.descriptor, name: "inherited socket \(inherited.name)")
        }
        let path = socket ?? SocketPath.standard()
        try SocketPath.prepareFolder(of: path)
        return try ListeningSocket(path: path)
    }
}
