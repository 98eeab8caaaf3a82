import ArgumentParser
import Inference
import JSON
import Tokenizer

/// Writes the logits of a token sequence, for comparison with other engines.
struct LogitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logits", abstract: "Write the logits after every token as a NumPy array [tokens, vocabulary].")

    @OptionGroup var local: LocalModel

    @Option(help: "A JSON array of token ids.", completion: .file(extensions: ["json"]))
    var tokens: String

    @Option(help: "The array to write.", completion: .file(extensions: ["npy"]))
    var out: String

    @Flag(help: "Compute token by token, as generation does.")
    var decode = false

    private static let chunk = 64

    func run() async throws {
        try await OwnThread.run {
            let source = try local.open()
            let ids = try TokenFile.read(tokens, vocabSize: source.configuration.vocabSize)
            let model = try local.load(source)
            let cache = model.makeCache(contextLength: ids.count)
            var file = try NumPyFile(path: out, rows: ids.count, columns: model.configuration.vocabSize)
            let progress = ProgressLine(doing: "computing logits", unit: "tokens")
            let step = decode ? 1 : min(Self.chunk, model.prefillChunk)
            for start in stride(from: 0, to: ids.count, by: step) {
                progress.update(processed: start, total: ids.count)
                let part = Array(ids[start..<min(start + step, ids.count)])
                let rows = try model.forward(part, cache: cache, logits: .all)
                for row in 0..<rows.rowCount { try file.append(rows.values(row: row)) }
            }
            try file.finish()
            progress.end()
        }
    }
}
