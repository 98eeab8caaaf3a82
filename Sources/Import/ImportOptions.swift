import Checkpoint
import Kernels

/// How a model is imported.
public struct ImportOptions: Sendable {
    /// Formats of the tensors.
    public var types = ImportTypes()
    /// Memory of the machine that the store is meant for; `nil`: not known.
    public var memory: Int?
    /// Decoder layers to take; `nil`: all.
    public var layers: Range<Int>?
    /// Threads that convert.
    public var threadCount: Int
    /// Name of the chat format, to be told by `show`.
    public var chatFormat: String?
    /// How much work a crash may cost.
    public var noteInterval = Duration.seconds(5)

    /// Options for all layers and the default formats.
    public init(threadCount: Int) { self.threadCount = threadCount }
}
