import ArgumentParser
import Checkpoint
import Inference
import Memory
import Tokenizer

/// Options of commands that open a model themselves, without a daemon.
struct LocalModel: ParsableArguments {
    @Argument(help: "A packed store, a GGUF file or a Hugging Face folder.", completion: .file())
    var model: String

    @Option(help: "Threads that compute; all processors by default.")
    var threads: Int?

    @Option(
        help: "Memory for weights and caches, such as 3G or 900M; what the machine has by default.",
        transform: ByteSize.init(parsing:))
    var memory: ByteSize?

    @OptionGroup var arithmetic: PrecisionOption

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024") }
    }

    /// Bytes that weights and caches may take.
    var budget: MemoryBudget { memory.map { MemoryBudget(limit: $0.byteCount) } ?? .ofThisMachine() }

    /// Threads that compute.
    var threadCount: Int { threads ?? Processors.count }

    /// The opened checkpoint.
    func open() throws -> ModelSource { try ModelSource.open(model) }

    /// The weights in memory.
    func load(_ source: ModelSource, budget: MemoryBudget? = nil, paging: PagingOptions = .cold) throws -> Model {
        let progress = ProgressLine(doing: "reading weights", unit: "MB")
        defer { progress.end() }
        return try Model.load(
            source, budget: budget ?? self.budget,
            threadCount: threadCount,
            precision: arithmetic.precision, paging: paging
        ) { progress.update(processed: $0 / 1_000_000, total: $1 / 1_000_000) }
    }
}
