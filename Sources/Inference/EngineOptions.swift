import Kernels
import Memory

/// How an engine is set up.
public struct EngineOptions: Sendable {
    /// The models that requests may name.
    public var library: ModelLibrary
    /// Memory for weights, caches and scratch.
    public var budget: MemoryBudget
    /// Threads that compute.
    public var threadCount: Int
    /// Arithmetic of the models.
    public var precision: Precision
    /// How weights are paged that do not fit in memory.
    public var paging = PagingOptions()
    /// Longest context in tokens; models with a shorter one keep theirs.
    public var contextLength: Int
    /// Requests that may wait beside those that are answered.
    public var queueLimit: Int
    /// Answers that are generated together at most; one of `sessionLimits`.
    public var sessionLimit = 2
    /// How many answers may be generated together.
    public static let sessionLimits = 1...8
    /// Where contexts are kept between runs, and the bytes they may take there; `nil` keeps them in memory only.
    public var contextFolder: (path: String, byteLimit: Int)?
    /// How long a model stays in memory after the last request that does not say.
    public var keepAlive = KeepAlive.forever
    /// Told what happens to models.
    public var report: @Sendable (EngineEvent) -> Void = { _ in }

    /// Makes options; `threadCount` defaults to all processors.
    public init(
        library: ModelLibrary, budget: MemoryBudget = .ofThisMachine(), threadCount: Int? = nil,
        precision: Precision = .int8, contextLength: Int = 8192, queueLimit: Int = 16
    ) {
        self.library = library
        self.budget = budget
        self.threadCount = threadCount ?? Processors.count
        self.precision = precision
        self.contextLength = contextLength
        self.queueLimit = queueLimit
    }
}
