import Glibc
import JSON

/// A folder as Hugging Face lays models out: config.json, safetensors shards, tokenizer files.
public struct HuggingFaceFolder: Sendable {
    /// The folder, or the store that keeps its text files.
    public let path: String
    private let store: PackedStore?

    private static let maximumTextByteCount = 64 << 20
    private static let maximumConfigurationByteCount = 1 << 20
    private static let maximumIndexByteCount = 32 << 20

    init(path: String) {
        self.path = path
        store = nil
    }

    /// The text files of a folder, as documents of a store.
    init(_ store: PackedStore) {
        path = store.file.path
        self.store = store
    }

    var configurationPath: String { path + "/config.json" }

    /// config.json.
    func configuration() throws(CheckpointError) -> JSONObject {
        guard let value = try json("config.json", upTo: Self.maximumConfigurationByteCount) else {
            throw CheckpointError(.unreadable, path: configurationPath, field: "file", "there is no such file")
        }
        guard let object = value.objectValue else {
            throw CheckpointError(.malformed, path: configurationPath, field: "JSON", "is no object")
        }
        return object
    }

    /// A JSON file of the folder; `nil` if there is none of that name.
    public func json(_ name: String) throws(CheckpointError) -> JSONValue? {
        try json(name, upTo: Self.maximumTextByteCount)
    }

    private func json(_ name: String, upTo limit: Int) throws(CheckpointError) -> JSONValue? {
        guard let bytes = try contents(name, upTo: limit) else { return nil }
        do throws(JSONError) {
            return try JSONValue.parse(bytes)
        } catch {
            throw CheckpointError(
                .malformed, path: path + "/" + name, field: "JSON", offset: error.offset, error.message)
        }
    }

    /// A text file of the folder; `nil` if there is none of that name.
    public func text(_ name: String) throws(CheckpointError) -> String? {
        try contents(name, upTo: Self.maximumTextByteCount).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a text file.
    func contents(_ name: String, upTo limit: Int = maximumTextByteCount) throws(CheckpointError) -> [UInt8]? {
        if let store { return try store.document(name) }
        let filePath = path + "/" + name
        if unsafe access(filePath, F_OK) != 0 && errno == ENOENT { return nil }
        let file = try InputFile(path: filePath)
        guard file.byteCount <= limit else {
            throw CheckpointError(
                .limitExceeded, path: filePath, field: "file",
                "is \(file.byteCount) bytes long, at most \(limit) are accepted")
        }
        return try file.bytes(at: 0, count: file.byteCount, field: "file")
    }

    /// File names of the shards, each once, in order.
    func shardNames() throws(CheckpointError) -> [String] {
        guard let map = try weightMap() else { return ["model.safetensors"] }
        var names: Set<String> = []
        for member in map.members {
            guard let name = member.value.stringValue, !name.isEmpty, !name.hasPrefix("."),
                name.unicodeScalars.allSatisfy({ $0 != "/" && $0.properties.generalCategory != .control })
            else {
                throw CheckpointError(
                    .malformed, path: path + "/" + Self.indexName, field: member.name,
                    "must name a file of the same folder")
            }
            names.insert(name)
        }
        return names.sorted()
    }

    /// Checks that the index and the shards agree on where each tensor is.
    func checkIndex(against fileIndices: [String: Int], files: [InputFile]) throws(CheckpointError) {
        guard let map = try weightMap() else { return }
        for member in map.members {
            let expected = member.value.stringValue.map { path + "/" + $0 }
            guard let index = fileIndices[member.name], files[index].path == expected else {
                throw CheckpointError(
                    .missingTensor, path: path + "/" + Self.indexName, field: member.name,
                    "is not in \(expected ?? "any file")")
            }
        }
    }

    /// The blocks of FP8 scales; `nil` if the model is not FP8.
    func scaleBlock() throws(CheckpointError) -> ScaleBlock? {
        guard let size = try configuration()["quantization_config"]?["weight_block_size"], !size.isNull else {
            return nil
        }
        guard let values = size.arrayValue, values.count == 2, let rows = values[0].intValue,
            let columns = values[1].intValue, (1...1 << 20).contains(rows), (1...1 << 20).contains(columns)
        else {
            throw CheckpointError(
                .invalidConfiguration, path: configurationPath, field: "quantization_config.weight_block_size",
                "must be two positive sizes")
        }
        return ScaleBlock(rows: rows, columns: columns)
    }

    private static let indexName = "model.safetensors.index.json"

    private func weightMap() throws(CheckpointError) -> JSONObject? {
        guard let index = try json(Self.indexName, upTo: Self.maximumIndexByteCount) else { return nil }
        guard let map = index["weight_map"]?.objectValue, !map.isEmpty else {
            throw CheckpointError(
                .malformed, path: path + "/" + Self.indexName, field: "weight_map", "is missing, empty or no object")
        }
        return map
    }
}
