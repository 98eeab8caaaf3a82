import ExpertStore
import Memory

/// The engine as the API sees it: it names its models and turns requests into streams of events.
public protocol TextGenerator: Sendable {
    /// All models that a request may name, default model first.
    func installedModels() -> [ModelSummary]
    /// The model in memory, if any.
    func loadedModel() -> ModelSummary?
    /// What the files of `model` tell of it; `nil` if they cannot be read.
    func details(of model: ModelSummary) async -> ModelDetails?
    /// What paging has cost since the model was loaded; `nil` if none is, or all of it is in memory.
    func paging() -> PagingStatistics?
    /// Bytes that the engine may take, and those it has taken.
    func memory() -> (limit: Int, used: Int)
    /// What the board makes the engine do without now.
    func restraint() -> EngineRestraint
    /// Pieces of work done so far: while it grows, the engine gets on.
    func workCount() -> Int
    /// Requests running or waiting now, in order.
    func queue() -> [QueueEntry]
    /// When the model in memory is let go if nobody asks for it again; `nil` if none is in memory or it stays.
    func expiry() -> ContinuousClock.Instant?
    /// Brings a model into memory, `nil` being the default one, for as long as `keepAlive` says.
    func load(_ model: String?, keepAlive: KeepAlive?) async throws(GenerationError)
    /// Writes to disk what should outlive this process.
    func persist() async
    /// Lets a model go once no request needs it; does nothing if it is not in memory.
    func unload(_ model: String?) async throws(GenerationError)
    /// Puts a request in the queue, or throws at once if the queue is full.
    ///
    /// Work stops within one layer after the stream is dropped or its consumer's task is cancelled.
    func submit(_ request: GenerationRequest) throws(GenerationError) -> AsyncThrowingStream<GenerationEvent, any Error>
}

extension TextGenerator {
    /// A generator that no board restrains.
    public func restraint() -> EngineRestraint { EngineRestraint() }

    /// What the process has done.
    public func workCount() -> Int { WorkProgress.value }

    /// Requests running or waiting now.
    public func queueDepth() -> Int { queue().count }
}

/// One model as clients see it.
public struct ModelSummary: Sendable, Equatable {
    /// The name a request uses.
    public var name: String
    /// File or folder of the checkpoint.
    public var path: String
    /// Modification time, seconds since 1970.
    public var createdAt: Int
    /// Bytes on disk.
    public var byteCount: Int
    /// Largest context in tokens; `nil` while the file has not been opened.
    public var contextLength: Int?

    /// Makes a summary.
    public init(name: String, path: String, createdAt: Int, byteCount: Int, contextLength: Int? = nil) {
        self.name = name
        self.path = path
        self.createdAt = createdAt
        self.byteCount = byteCount
        self.contextLength = contextLength
    }
}
