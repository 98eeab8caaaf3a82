import Glibc
import JSON
import Memory

/// An opened checkpoint, whatever its format: its files, tensor directory, configuration and tokenizer data.
///
/// Opening validates all headers and binds every tensor, so that later only I/O can fail.
public struct ModelSource: Sendable {
    /// Where tokenizer, chat template and sampling defaults come from.
    public enum Metadata: Sendable {
        /// GGUF metadata of the (first) file.
        case gguf([String: GGUFValue])
        /// A Hugging Face folder; the files are read when asked for.
        case huggingFace(HuggingFaceFolder)
    }

    /// What was opened.
    enum Container: Sendable {
        /// A GGUF file, in one or several parts, and the first one's metadata.
        case gguf([String: GGUFValue])
        /// A Hugging Face folder.
        case huggingFace(HuggingFaceFolder)
        /// A packed store, which keeps what it was made from as documents.
        case store(PackedStore)
    }

    /// Path that was opened: a file or a folder.
    public let path: String
    /// Files that hold tensors.
    public let files: [InputFile]
    /// All tensors by name.
    public let tensors: [String: TensorEntry]
    /// Shape and arithmetic of the model.
    public let configuration: ModelConfiguration
    let container: Container

    /// Opens a packed store, a GGUF file (any part of a split one) or a Hugging Face folder.
    public static func open(_ path: String) throws(CheckpointError) -> ModelSource {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            let reason = errno == ENOENT ? "there is no such file or folder" : InputFile.reason(errno)
            throw CheckpointError(.unreadable, path: path, field: "file", reason)
        }
        if status.st_mode & S_IFMT == S_IFDIR { return try openHuggingFace(path) }
        if path.hasSuffix(".safetensors") {
            throw CheckpointError(
                .unsupported, path: path, field: "file", "give the folder that holds config.json, not this file")
        }
        let file = try InputFile(path: path)
        let start = try file.bytes(at: 0, count: min(file.byteCount, StoreHeader.magic.count), field: "magic")
        return start == StoreHeader.magic ? try openStore(path) : try openGGUF(path)
    }

    private static func openGGUF(_ path: String) throws(CheckpointError) -> ModelSource {
        var files: [InputFile] = []
        var headers: [GGUFHeader] = []
        for part in try GGUFSplit.paths(of: path) {
            let file = try InputFile(path: part)
            headers.append(try GGUFHeader(file, fileIndex: files.count))
            files.append(file)
        }
        let metadata = headers[0].metadata
        try GGUFSplit.check(headers, files)
        let tensors = try collect(headers.flatMap { $0.tensors }, files)
        return ModelSource(
            path: path, files: files, tensors: tensors,
            configuration: try ModelConfiguration(gguf: metadata, tensors: tensors, path: files[0].path),
            container: .gguf(metadata))
    }

    private static func openHuggingFace(_ path: String) throws(CheckpointError) -> ModelSource {
        let folder = HuggingFaceFolder(path: path)
        let object = try folder.configuration()
        let configuration = try ModelConfiguration(huggingFace: object, path: folder.configurationPath)
        let scheme = try QuantizationScheme(JSONFields(path: folder.configurationPath, object: object))
        var files: [InputFile] = []
        var directory = SafetensorsDirectory()
        for name in try folder.shardNames() {
            let file = try InputFile(path: path + "/" + name)
            try directory.add(try SafetensorsHeader(file, fileIndex: files.count), file, scheme)
            files.append(file)
        }
        let tensors = try collect(try directory.tensors(files), files)
        try folder.checkIndex(against: directory.fileIndices, files: files)
        return ModelSource(
            path: path, files: files, tensors: tensors, configuration: configuration,
            container: .huggingFace(folder))
    }

    private static func collect(
        _ entries: [TensorEntry], _ files: [InputFile]
    ) throws(CheckpointError) -> [String: TensorEntry] {
        var tensors: [String: TensorEntry] = [:]
        for entry in entries {
            guard let other = tensors.updateValue(entry, forKey: entry.name) else { continue }
            throw CheckpointError(
                .malformed, path: files[entry.fileIndex].path, field: entry.name,
                "tensor occurs in \(files[other.fileIndex].path) too")
        }
        return tensors
    }

    /// Tokenizer data and the like; of a store, what it was made with.
    public func metadata() throws(CheckpointError) -> Metadata {
        switch container {
        case .gguf(let values): return .gguf(values)
        case .huggingFace(let folder): return .huggingFace(folder)
        case .store(let store):
            guard let bytes = try store.document(PackedStore.ggufDocument) else {
                return .huggingFace(HuggingFaceFolder(store))
            }
            return .gguf(try GGUFHeader.metadata(in: bytes, path: path))
        }
    }

    /// The packed store, if it is one.
    public var store: PackedStore? {
        if case .store(let store) = container { store } else { nil }
    }

    /// Rows and columns that share a factor in FP8 matrices, if the configuration says so.
    public func scaleBlock() throws(CheckpointError) -> ScaleBlock? {
        switch container {
        case .gguf: nil
        case .huggingFace(let folder): try folder.scaleBlock()
        case .store(let store): store.manifest.scaleBlock
        }
    }

    /// Gives every tensor its place, or says which one is missing, misshapen or superfluous.
    public func bind() throws(CheckpointError) -> BoundModel {
        switch container {
        case .gguf, .store: return try bindGGUF(scaleBlock: try scaleBlock())
        case .huggingFace: return try bindHuggingFace(scaleBlock: try scaleBlock())
        }
    }
}
