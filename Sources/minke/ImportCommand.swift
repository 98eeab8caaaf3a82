import ArgumentParser
import Checkpoint
import CLinux
import Import
import Inference
import Memory

/// Makes a packed store of a model.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a packed store (.minke) of a GGUF file or a Hugging Face folder.",
        discussion: """
            Block formats that Minke has kernels for are carried over bit by bit; other tensors are quantized: routed \
            experts to Q4_0, the rest to Q8_0 (to Q4_0 too where it is too large), routers and norms to F32. An import that was interrupted goes on where \
            it was when the same command is given again.
            """)

    @Argument(help: "A GGUF file or a Hugging Face folder.", completion: .file())
    var source: String

    @Option(name: .shortAndLong, help: "The store to make.", completion: .file(extensions: ["minke"]))
    var output: String

    @OptionGroup var types: ImportTypeOptions

    @Option(help: "Decoder layers to take, such as 0..<2; all by default.", transform: LayerRange.init(parsing:))
    var layers: LayerRange?

    @Option(
        help: "Memory of the board that the store is for, such as 8G: what every token needs is then quantized to fit.",
        transform: ByteSize.init(parsing:))
    var memory: ByteSize?

    @Option(help: "Threads that convert; all processors by default.")
    var threads: Int?

    @Flag(help: "Replace the store if there is one.")
    var force = false

    @Option(help: ArgumentHelp("Milliseconds between notes of how far the import is.", visibility: .hidden))
    var noteInterval: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024") }
    }

    func run() async throws {
        try await OwnThread.run {
            if !force, unsafe cl_path_kind(output) != 0 {
                throw CommandFailure("\(output) exists already; --force replaces it")
            }
            let source = try ModelSource.open(source)
            var options = ImportOptions(threadCount: threads ?? Processors.count)
            options.types = types.types
            options.layers = layers?.range
            options.memory = memory?.byteCount
            if let noteInterval { options.noteInterval = .milliseconds(noteInterval) }
            // A folder without a tokenizer can be imported too, but not be talked to.
            options.chatFormat = (try? ModelText(source))?.chatFormat.family.rawValue
            let importer = try Importer(source, options)
            let progress = ProgressLine(doing: "importing", unit: "MB")
            defer { progress.end() }
            try importer.run(to: output) {
                progress.update(processed: $0.processed / 1_000_000, total: $0.total / 1_000_000)
            }
        }
    }
}

/// Layers on the command line: `0..<2`.
struct LayerRange: Sendable {
    let range: Range<Int>

    /// Reads `text` or says what is expected.
    init(parsing text: String) throws {
        let bounds = text.split(separator: ".", omittingEmptySubsequences: true).map(String.init)
        guard bounds.count == 2, bounds[1].hasPrefix("<"), let first = Int(bounds[0]),
            let end = Int(bounds[1].dropFirst()), first >= 0, first < end
        else { throw ValidationError("'\(text)' is no range of layers; write 0..<2 for the first two") }
        range = first..<end
    }
}
