import Inference
import Kernels
import Memory

extension Daemon {
    /// Makes the engine that serves all requests. Runs once, before the daemon says that it is ready.
    ///
    /// A default model that is named but missing is refused here; its weights are read by the first request.
    static func makeGenerator(_ settings: EngineSettings) throws(GenerationError) -> any TextGenerator {
        let folders = settings.modelFolders.isEmpty ? ModelLibrary.standardFolders() : settings.modelFolders
        let library = ModelLibrary(folders: folders, defaultModel: settings.model)
        if settings.model != nil { _ = try library.find(nil) }
        var options = EngineOptions(library: library, queueLimit: settings.queueLimit)
        options.sessionLimit = settings.sessionLimit
        if let threadCount = settings.threadCount { options.threadCount = threadCount }
        if let byteCount = settings.memoryByteCount { options.budget = MemoryBudget(limit: byteCount) }
        options.precision = settings.precision
        options.contextFolder = settings.contextFolder.map { ($0, settings.contextByteLimit) }
        if let contextLength = settings.contextLength { options.contextLength = contextLength }
        settings.logger.info(
            """
            memory budget \(options.budget.limit >> 20) MiB, \(options.threadCount) threads, \
            \(options.precision.rawValue) on \(InstructionSet.current), \(library.models().count) models
            """)
        return Engine(options)
    }
}
