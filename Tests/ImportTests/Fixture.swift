import Checkpoint
import JSON
import Testing
import Tokenizer

/// Files of the reference implementation, beside the tests.
enum Fixture {
    /// Path of `Tests/Fixtures/<name>`.
    static func path(_ name: String, file: String = #filePath) -> String {
        "/" + file.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/" + name
    }

    /// The bytes of a fixture.
    static func bytes(_ name: String) throws -> [UInt8] {
        let file = try InputFile(path: path(name))
        return try file.bytes(at: 0, count: file.byteCount, field: "fixture")
    }

    /// Hugging Face folders.
    static let folders = [
        "v2", "v2lite", "v3", "v3_fp8", "moonlight", "kimik2", "glm47flash", "llama", "llama-f16", "llama-f32",
        "llama-sharded", "llama3", "qwen2", "qwen2yarn",
    ]
    /// GGUF files.
    static let files =
        ["v3-f32", "v3-q8_0", "v3-q4_0", "v3-mxfp4", "v2lite-f16", "v2lite-legacy", "glm47flash-q8_0"]
        .map { "gguf/\($0).gguf" }
        + ["llama-f32", "llama-q8_0", "llama3-f32", "qwen2-f16", "qwen2yarn-f16"].map { "dense-gguf/\($0).gguf" }
    /// The same in several parts, or with other tensors.
    static let variants = [
        "gguf-variants/v3-f32-fused.gguf", "gguf-split/v3-q4_0-00001-of-00003.gguf",
        "gguf-split-empty-first/v3-q4_0-00001-of-00003.gguf",
    ]
    /// Every checkpoint of the reference implementation.
    static let checkpoints = folders + files + variants

    /// A prompt for the checkpoint `name`.
    static func prompt(_ name: String) throws -> [TokenID] {
        let folder = folders.contains(name) ? name : "v3"
        return try #require(try json(folder + "/expected.json")["prompt_ids"]?.arrayValue).map {
            TokenID(try #require($0.intValue))
        }
    }

    /// A JSON fixture.
    static func json(_ name: String) throws -> JSONValue { try JSONValue.parse(try bytes(name)) }
}
