import Checkpoint
import Kernels
import Tokenizer

/// The contexts of a model that are kept on disk between runs; with those of others no more bytes than a limit.
struct ContextFolder: Sendable {
    private let folder: PrivateFolder
    private let byteLimit: Int
    /// What files of this model begin with.
    private let prefix: String
    private static let suffix = ".context"

    /// Contexts in `folder` of the model that `prefix` is about.
    init(_ folder: PrivateFolder, byteLimit: Int, prefix: String) {
        self.folder = folder
        self.byteLimit = byteLimit
        self.prefix = prefix
    }

    /// Those of this model, in no order.
    func contexts(contextLength: Int) -> [ContextFile] {
        names.compactMap {
            ContextFile(path: folder.path(of: $0), prefix: prefix, contextLength: contextLength)
        }
    }

    /// Keeps a context, and lets the oldest go for it; `nil` if it is too large.
    ///
    /// Throws if it cannot be written, or a `CancellationError` as soon as `isCancelled`.
    func keep(_ tokens: [TokenID], _ cache: KVCache, isCancelled: () -> Bool) throws -> ContextFile? {
        var byteCount = 4096 + 4 * tokens.count
        cache.forEachLayer { byteCount += $0.byteCount + 4 }
        guard byteCount <= byteLimit else { return nil }
        trim(to: byteLimit - byteCount)
        let content = tokens.flatMap { token in (0..<4).map { UInt8(truncatingIfNeeded: token >> (8 * $0)) } }
        let digits = String(CRC32C.checksum(Array(prefix.utf8) + content), radix: 16)
        let path = folder.path(of: "\(digits)-\(tokens.count)\(Self.suffix)")
        try ContextFile.write(tokens, cache, to: path, prefix: prefix, isCancelled: isCancelled)
        return ContextFile(path: path, prefix: prefix, contextLength: tokens.count)
    }

    /// Takes a context away.
    func remove(_ context: ContextFile) { folder.remove(String(context.path.split(separator: "/").last ?? "")) }

    private var names: [String] { folder.names.filter { $0.hasSuffix(Self.suffix) } }

    /// Removes the oldest until no more than `limit` bytes are there, and what an earlier process left unfinished.
    private func trim(to limit: Int) {
        for name in folder.names where name.hasSuffix(".partial") { folder.remove(name) }
        let files = names.compactMap { name in
            (try? InputFile(path: folder.path(of: name))).map { (name, $0.byteCount, $0.modifiedAt) }
        }
        var total = files.reduce(0) { $0 + $1.1 }
        for (name, byteCount, _) in files.sorted(by: { $0.2 < $1.2 }) where total > limit {
            total -= byteCount
            folder.remove(name)
        }
    }
}
