import ArgumentParser
import Checkpoint
import Inference

/// Writes which experts the routers choose.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Write which experts a model's routers choose for a sequence of tokens.",
        discussion: """
            One line per token and layer: the layer and its experts, those of more weight first; tokens in order, dense \
            layers left out. "minke replay" tells what a cache makes of it.
            """)

    @OptionGroup var local: LocalModel

    @Option(help: "A JSON array of token ids.", completion: .file(extensions: ["json"]))
    var tokens: String

    @Option(help: "The trace to write.", completion: .file())
    var out: String

    func run() async throws {
        try await OwnThread.run {
            let source = try local.open()
            guard source.configuration.experts != nil else {
                throw CommandFailure("\(local.model) has no routed experts")
            }
            let ids = try TokenFile.read(tokens, vocabSize: source.configuration.vocabSize)
            let model = try local.load(source)
            var file = try OutputFile(path: out)
            let progress = ProgressLine(doing: "tracing", unit: "tokens")
            defer { progress.end() }
            try model.trace(ids, progress: { progress.update(processed: $0, total: $1) }) { visit in
                try file.write(visit.line.utf8)
            }
            try file.commit()
        }
    }
}
