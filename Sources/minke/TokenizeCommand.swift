import ArgumentParser
import Inference
import JSON
import Tokenizer

/// Text on standard input to token ids on standard output.
struct TokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize", abstract: "Turn the text on standard input into a JSON array of token ids.")

    @Argument(help: "A packed store, a GGUF file or a Hugging Face folder.", completion: .file())
    var model: String

    @Flag(inversion: .prefixedNo, help: "Markers such as <|im_start|> in the text become their tokens.")
    var special = true

    func run() async throws {
        try await OwnThread.run {
            let tokenizer = try ModelText.open(model).tokenizer
            let text = String(decoding: StandardInput.bytes(), as: UTF8.self)
            let ids = tokenizer.encode(text, specialTokens: special)
            Terminal.output(JSONValue.array(ids.map { JSONValue(Int($0)) }).serialized(.spaced) + "\n")
        }
    }
}

/// Token ids on standard input to text on standard output.
struct DetokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detokenize", abstract: "Turn the JSON array of token ids on standard input into text.")

    @Argument(help: "A packed store, a GGUF file or a Hugging Face folder.", completion: .file())
    var model: String

    @Flag(help: "Leave markers such as <|im_end|> out.")
    var skipSpecial = false

    func run() async throws {
        try await OwnThread.run {
            let tokenizer = try ModelText.open(model).tokenizer
            let ids = try TokenFile.parse(
                StandardInput.bytes(), name: "standard input", vocabSize: tokenizer.vocabularySize)
            Terminal.output(tokenizer.decode(ids, skipSpecial: skipSpecial))
        }
    }
}
