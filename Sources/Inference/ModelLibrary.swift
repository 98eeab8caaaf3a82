import Glibc
import Memory

/// The models that requests may name: those of the models folders and the default model.
public struct ModelLibrary: Sendable {
    private let folders: [String]
    private let defaultModel: String?

    /// A library of `folders`; `defaultModel` is a path or the name of a model in one of them.
    public init(folders: [String], defaultModel: String? = nil) {
        self.folders = folders
        self.defaultModel = defaultModel
    }

    /// All models, the default one first, each name once.
    public func models() -> [ModelSummary] {
        var models = defaultModel.flatMap { $0.contains("/") ? Self.summary($0) : nil }.map { [$0] } ?? []
        for folder in folders {
            for name in Folder.names(in: folder).sorted() where Self.isModel(folder + "/" + name) {
                guard let model = Self.summary(folder + "/" + name) else { continue }
                if !models.contains(where: { $0.name == model.name }) { models.append(model) }
            }
        }
        if let index = models.firstIndex(where: { $0.name == defaultModel }), index > 0 {
            models.insert(models.remove(at: index), at: 0)
        }
        return models
    }

    /// The model a request means: an installed name, an absolute path, or `nil` for the default one.
    ///
    /// Relative paths are no names: what they mean would depend on the daemon's folder.
    public func find(_ name: String?) throws(GenerationError) -> ModelSummary {
        guard let name = name ?? defaultModel else {
            guard let first = models().first else {
                throw GenerationError(
                    .modelNotFound,
                    "no model is installed; put a .minke or GGUF file into \(folders.first ?? "a models folder")")
            }
            return first
        }
        if name.hasPrefix("/") || name == defaultModel && name.contains("/") {
            guard let model = Self.summary(name) else {
                throw GenerationError(.modelNotFound, "there is no model at \(name)")
            }
            return model
        }
        let models = models()
        guard let model = models.first(where: { $0.name == name }) else {
            let known = models.map(\.name).joined(separator: ", ")
            throw GenerationError(
                .modelNotFound, "model '\(name)' is not installed" + (known.isEmpty ? "" : "; installed: \(known)"))
        }
        return model
    }

    /// Name, size and age of the model at `path`; `nil` if there is nothing.
    public static func summary(_ path: String) -> ModelSummary? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        var byteCount = Int(status.st_size)
        if status.st_mode & S_IFMT == S_IFDIR {
            guard unsafe access(path + "/config.json", R_OK) == 0 else { return nil }
            byteCount = Folder.names(in: path).filter { $0.hasSuffix(".safetensors") }.reduce(0) { sum, name in
                var part = stat()
                return unsafe stat(path + "/" + name, &part) == 0 ? sum + Int(part.st_size) : sum
            }
        }
        return ModelSummary(
            name: name(ofPath: path), path: path, createdAt: Int(status.st_mtim.tv_sec), byteCount: byteCount)
    }

    /// The last component without `.minke` or `.gguf` and without the number of a split file.
    static func name(ofPath path: String) -> String {
        var name = String(path.split(separator: "/").last ?? "model")
        for suffix in [".minke", ".gguf"] where name.hasSuffix(suffix) { name.removeLast(suffix.count) }
        if let range = name.range(ofSplitSuffix: "-00001-of-") { name = String(name[..<range]) }
        return name
    }

    private static func isModel(_ path: String) -> Bool {
        if path.hasSuffix(".minke") { return true }
        if path.hasSuffix(".gguf") {
            // Of a split model only the first part stands for it.
            let stem = path.dropLast(5)
            return !(stem.dropLast(5).hasSuffix("-of-") && !stem.contains("-00001-of-"))
        }
        return unsafe access(path + "/config.json", R_OK) == 0
    }
}

extension String {
    /// Where `mark` and the digits after it end the string.
    fileprivate func range(ofSplitSuffix mark: String) -> Index? {
        let tail = suffix(mark.count + 5)
        guard tail.count == mark.count + 5, tail.hasPrefix(mark), tail.suffix(5).allSatisfy(\.isNumber) else {
            return nil
        }
        return tail.startIndex
    }
}
