import ExpertStore

/// The engine as the API sees it: it names its models and turns requests into streams of events.
public protocol TextGenerator: Sendable {
    /// All models that a request may name, default model first.
    func installedModels() -> [ModelSummary]
    /// The model in memory, if any.
    func loadedModel() -> ModelSummary?
    /// What paging has cost since the model was loaded; `nil` if none is, or all of it is in memory.
    func paging() -> PagingStatistics?
    /// Requests running or waiting now.
    func queueDepth() -> Int
    /// Puts a request in the queue, or throws at once if the queue is full.
    ///
    /// Work stops within one layer after the stream is dropped or its consumer's task is cancelled.
    func submit(_ request: GenerationRequest) throws(GenerationError) -> AsyncThrowingStream<GenerationEvent, any Error>
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
