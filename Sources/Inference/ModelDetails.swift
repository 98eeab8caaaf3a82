import Checkpoint
import Kernels
import Synchronization

/// What a model's files tell of it without its weights being read.
public struct ModelDetails: Sendable, Equatable {
    /// Architecture, as its configuration calls it.
    public var architecture: String
    /// Largest context in tokens.
    public var contextLength: Int
    /// Values of all weights.
    public var parameterCount: Int
    /// The format of most weights.
    public var weightType: String
    /// Whether it can reason before it answers.
    public var reasons: Bool
    /// Its licence, if the files name it.
    public var licence: String?

    /// Makes details.
    public init(
        architecture: String, contextLength: Int, parameterCount: Int, weightType: String, reasons: Bool,
        licence: String? = nil
    ) {
        self.architecture = architecture
        self.contextLength = contextLength
        self.parameterCount = parameterCount
        self.weightType = weightType
        self.reasons = reasons
        self.licence = licence
    }

    /// Reads headers, tokenizer and chat template of the model at `path`: some tens of milliseconds.
    init(path: String) throws {
        let source = try ModelSource.open(path)
        let bound = try source.bind()
        var sizes: [WeightType: Int] = [:]
        var parameterCount = 0
        bound.forEachWeight { tensor, _ in
            sizes[tensor.entry.type, default: 0] += tensor.byteCount
            parameterCount += tensor.rows.count * tensor.columns
        }
        self.init(
            architecture: source.configuration.modelType, contextLength: source.configuration.maxPositionEmbeddings,
            parameterCount: parameterCount, weightType: sizes.max { $0.value < $1.value }?.key.name ?? "",
            reasons: try ModelText(source).chatFormat.reasons, licence: try source.licence())
    }
}

/// The details of installed models, each read once in a state of its files.
final class ModelDetailsCache: Sendable {
    private struct Entry {
        let summary: ModelSummary
        let details: ModelDetails?
    }

    private let entries = Mutex<[Entry]>([])
    private static let entryLimit = 64

    /// The details of `model`; `nil` if its files cannot be read. Read on a thread of their own, which nobody computes on.
    func details(of model: ModelSummary) async -> ModelDetails? {
        if let known = entries.withLock({ $0.first { $0.summary.isSameFile(as: model) } }) { return known.details }
        let details = await withCheckedContinuation { continuation in
            let thread = NamedThread("model-details") {
                continuation.resume(returning: try? ModelDetails(path: model.path))
            }
            if thread == nil { continuation.resume(returning: nil) }
        }
        entries.withLock { entries in
            entries.removeAll { $0.summary.path == model.path }
            entries.append(Entry(summary: model, details: details))
            if entries.count > Self.entryLimit { entries.removeFirst() }
        }
        return details
    }
}
