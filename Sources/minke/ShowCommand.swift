import ArgumentParser
import Checkpoint
import JSON

/// Tells what a model file holds.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a model file holds: shape, sizes, tokenizer, licence, origin.")

    @Argument(help: "A packed store, a GGUF file or a Hugging Face folder.", completion: .file())
    var model: String

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() async throws {
        try await OwnThread.run {
            let rows = try ModelDescription(try ModelSource.open(model)).rows
            if json {
                var object = JSONObject()
                for row in rows { object.append(row.name, row.value) }
                Terminal.output(JSONValue.object(object).serialized(.spaced) + "\n")
            } else {
                let width = rows.map(\.name.count).max() ?? 0
                for row in rows {
                    let padding = String(repeating: " ", count: width - row.name.count)
                    Terminal.output(
                        "\(row.name)\(padding)  \(row.text ?? row.value.stringValue ?? row.value.serialized(.spaced))\n"
                    )
                }
            }
        }
    }
}
