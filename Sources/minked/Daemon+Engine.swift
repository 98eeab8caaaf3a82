import Board
import Configuration
import Inference
import Kernels
import Logging
import Memory

extension Daemon {
    /// Makes the engine that serves all requests. Runs once, before the daemon says that it is ready.
    ///
    /// A default model that is named but missing is refused here; its weights are read by the first request.
    static func makeEngine(_ configuration: Configuration, _ logger: Logger) throws(GenerationError) -> Engine {
        let library = library(configuration)
        if configuration.model.standard != nil { _ = try library.find(nil) }
        var options = EngineOptions(library: library, queueLimit: configuration.server.queue)
        options.sessionLimit = configuration.server.sessions
        if let threadCount = configuration.compute.threads { options.threadCount = threadCount }
        if let byteCount = configuration.memory.budget { options.budget = MemoryBudget(limit: byteCount) }
        options.precision = precision(configuration)
        options.keepAlive = keepAlive(configuration)
        if configuration.cache.enabled, let folder = configuration.cache.folder ?? CacheFolder.standard() {
            options.contextFolder = (folder, configuration.cache.size)
        }
        if let contextLength = configuration.model.context { options.contextLength = contextLength }
        options.report = { report($0, logger) }
        logger.info(
            """
            memory budget \(options.budget.limit >> 20) MiB, \(options.threadCount) threads, \
            \(options.precision.rawValue) on \(InstructionSet.current), \(library.models().count) models
            """)
        return Engine(options)
    }

    /// The models that requests may name.
    static func library(_ configuration: Configuration) -> ModelLibrary {
        let folders = configuration.model.folders.isEmpty ? ModelLibrary.standardFolders() : configuration.model.folders
        return ModelLibrary(folders: folders, defaultModel: configuration.model.standard)
    }

    /// How long models stay in memory.
    static func keepAlive(_ configuration: Configuration) -> KeepAlive {
        configuration.model.keepAlive.map { .atMost($0) } ?? .forever
    }

    /// The least level that is logged.
    static func level(_ configuration: Configuration) -> Logger.Level {
        switch configuration.log.level {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }

    private static func precision(_ configuration: Configuration) -> Precision {
        switch configuration.model.precision {
        case .int8: .int8
        case .f32: .f32
        }
    }

    private static func report(_ event: EngineEvent, _ logger: Logger) {
        switch event {
        case .loaded(let model, let seconds):
            logger.event(
                .modelLoaded, .notice, "\(model.name) is in memory after \(Int(seconds * 1000)) ms",
                ["MINKE_MODEL": "\(model.name)", "MINKE_LOAD_MS": "\(Int(seconds * 1000))"])
        case .letGo(let model):
            logger.event(
                .modelLetGo, .notice, "\(model.name) has left memory", ["MINKE_MODEL": "\(model.name)"])
        }
    }
}
