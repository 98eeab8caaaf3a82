import API
import ArgumentParser
import Board
import Configuration
import Glibc
import Inference
import Kernels
import Logging
import Memory
import Server

/// Serves a model on a Unix socket until it is told to stop.
struct Daemon: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "minked")

    @Option(help: ArgumentHelp("Read this configuration file.", valueName: "file"))
    var config: String?
    @Flag(help: "Check the configuration and end.")
    var checkConfig = false
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
    var precision: Precision?
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
    @Option(help: "Requests that may wait (default: 64).")
    var queue: Int?
    @Option(help: "Answers that may be generated together (default: 2).")
    var sessions: Int?
    @Option(
        help: ArgumentHelp(
            "Forward requests for --upstream-model to this server: http://… or unix:/….", valueName: "url"))
    var upstream: String?
    @Option(
        name: .customLong("upstream-model"),
        help: ArgumentHelp("A model that is upstream (may be repeated).", valueName: "name"))
    var upstreamModels: [String] = []
    @Option(help: ArgumentHelp("A file with the token that the upstream server wants.", valueName: "file"))
    var upstreamToken: String?
    @Option(help: ArgumentHelp("End after this long without a request; 0 never does.", valueName: "seconds"))
    var idleExit: Int?
    @Flag(help: "Print the version.")
    var version = false

    func validate() throws {
        if version { throw CleanExit.message("minked \(ProductVersion.current)") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024") }
        if let context, !(1...(1 << 30)).contains(context) { throw ValidationError("--context must be at least 1") }
        if let queue, !(0...100_000).contains(queue) { throw ValidationError("--queue must be 0 to 100000") }
        if let sessions, !EngineOptions.sessionLimits.contains(sessions) {
            throw ValidationError("--sessions must be 1 to \(EngineOptions.sessionLimits.upperBound)")
        }
        if let idleExit, !(0...1_000_000_000).contains(idleExit) {
            throw ValidationError("--idle-exit must be at least 0")
        }
    }

    /// Runs the daemon to its end.
    func serve() async throws {
        let environment = Environment.variables()
        let configuration = try readConfiguration(environment)
        var serviceConfiguration = ServiceConfiguration(ownerUserID: geteuid())
        serviceConfiguration.upstream = try Self.upstream(configuration.upstream)
        if checkConfig { return Main.write("the configuration is valid", STDOUT_FILENO) }
        LogThreshold.current = Self.level(configuration)
        let journal = JournalLog.ofThisService()
        LoggingSystem.bootstrap { _ in
            if let journal { return journal }
            return StandardErrorLog()
        }
        let logger = Logger(label: "minked")
        let notifier = ServiceNotifier()
        // The socket first: a second daemon is refused before it loads a model, and clients may already queue.
        let listening = try listeningSocket(configuration)
        let engine: Engine
        do {
            engine = try Self.makeEngine(configuration, logger)
        } catch {
            listening.close()
            throw error
        }

        let (reasons, stop) = AsyncStream.makeStream(of: StopReason.self)
        let service = Service(
            generator: engine, configuration: serviceConfiguration
        ) { stop.yield(.request) }
        let server = try await HTTPServer.start(on: listening, handler: service, logger: logger)
        let live = LiveConfiguration(configuration)
        let retirement = Retirement()
        let watch = IdleWatch(
            service: service, generator: engine, notifier: notifier, live: live, retirement: retirement)
        Signals.whenAsked { stop.yield(.signal($0)) }
        let reload = Reload(
            read: { () throws(ConfigurationErrors) in try readConfiguration(environment) }, live: live, engine: engine,
            notifier: notifier, logger: logger, status: { watch.status })
        let watching = Task { await watch.run { stop.yield($0) } }
        logger.event(.ready, .notice, "minked \(ProductVersion.current) serves \(server.path)")
        notifier.ready(watch.status)
        Signals.whenRetired { retirement.ask() }
        // Only now: whoever says RELOADING before READY confuses the service manager.
        Signals.whenHungUp { reload.run() }
        Self.startPanel(configuration, engine, service, logger)
        startWatchdog(notifier, engine, server, logger)
        let board = BoardWatch(engine: engine, logger: logger)
        if configuration.memory.yields {
            // Beside the first request: the disk may take a second for it.
            _ = NamedThread("minke-text") { ProgramText.pin() }
            board.watch(PressureWatch())
        }
        if configuration.thermal.enabled { board.watch(ThermalSensors(limit: configuration.thermal.limit)) }

        var reason: StopReason?
        for await first in reasons {
            reason = first
            break
        }
        watching.cancel()
        board.stop()
        // A request that slips in while an idle daemon ends is served; in the other cases it is refused.
        let isIdle = reason?.isIdle ?? false
        if !isIdle { service.activity.beginStopping() }
        logger.event(
            .stopping, .notice, "stopping: \(reason?.description ?? "no reason")",
            ["MINKE_REASON": "\(reason?.description ?? "")"])
        notifier.stopping("finishing \(service.activity.runningCount) requests")
        let drain = live.current.server.drain
        notifier.extendTimeout(drain + .seconds(10))
        await server.stop(deadline: isIdle ? .seconds(3600) : drain)
        await persist(engine, notifier)
        logger.notice("stopped")
    }

    /// Files, then the environment, then the command line.
    private func readConfiguration(_ environment: [String: String]) throws(ConfigurationErrors) -> Configuration {
        var configuration = try ConfigurationFiles(path: config).read(environment: environment)
        // The variables that commands know too.
        if let path = environment["MINKE_SOCKET"], !path.isEmpty { configuration.server.socket = path }
        if let folders = environment["MINKE_MODELS"], !folders.isEmpty {
            configuration.model.folders = folders.split(separator: ":").map { String($0) }
        }
        if let socket { configuration.server.socket = socket }
        if let queue { configuration.server.queue = queue }
        if let sessions { configuration.server.sessions = sessions }
        if let upstream { configuration.upstream.url = upstream }
        if !upstreamModels.isEmpty { configuration.upstream.models = upstreamModels }
        if let upstreamToken { configuration.upstream.tokenFile = upstreamToken }
        if let idleExit { configuration.server.idleExit = idleExit > 0 ? .seconds(idleExit) : nil }
        if let model { configuration.model.standard = model }
        if !modelFolders.isEmpty { configuration.model.folders = modelFolders }
        if let context { configuration.model.context = context }
        switch precision {
        case .int8: configuration.model.precision = .int8
        case .f32: configuration.model.precision = .f32
        case nil: break
        }
        if let memory { configuration.memory.budget = memory.byteCount }
        if let threads { configuration.compute.threads = threads }
        if let cacheFolder { configuration.cache.folder = cacheFolder }
        if let cacheSize { configuration.cache.size = cacheSize.byteCount }
        if noCache { configuration.cache.enabled = false }
        return configuration
    }

    private func listeningSocket(_ configuration: Configuration) throws(ServerError) -> ListeningSocket {
        if let inherited = InheritedSockets.take().first {
            return try ListeningSocket(inherited: inherited.descriptor, name: "inherited socket \(inherited.name)")
        }
        let path = configuration.server.socket ?? SocketPath.standard()
        try SocketPath.prepareFolder(of: path)
        return try ListeningSocket(path: path)
    }
}
