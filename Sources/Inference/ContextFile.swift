import Checkpoint
import Kernels
import Memory
import Tokenizer

/// A context on disk: `NAME.context`, so that a conversation goes on after a restart.
///
/// A line of text, `minke-context VERSION MODEL SHAPE COUNT CHECKSUM`, filled with blanks to 256 bytes; the tokens as
/// 32-bit integers, whose CRC-32C is CHECKSUM; for each layer its rows, then their CRC-32C. Numbers are little-endian.
/// Written whole or not at all, readable for its owner only. Whatever is damaged or of another model is not used.
struct ContextFile: Sendable {
    let path: String
    /// The tokens whose context it holds.
    let tokens: [TokenID]
    /// Nanoseconds since 1970.
    let writtenAt: Int

    /// Changes when the same tokens would give other rows.
    private static let version = 1
    private static let headerByteCount = 256

    /// What all contexts that may be used by a model begin with.
    static func prefix(of model: String, shape: String) -> String { "minke-context \(version) \(model) \(shape) " }

    /// Reads which tokens `path` is about; `nil` if it is not a context that begins with `prefix`.
    init?(path: String, prefix: String, contextLength: Int) {
        guard let file = try? InputFile(path: path), file.byteCount > Self.headerByteCount,
            let head = try? file.bytes(at: 0, count: Self.headerByteCount, field: "header")
        else { return nil }
        let text = String(decoding: head, as: UTF8.self)
        guard text.hasPrefix(prefix), text.hasSuffix("\n") else { return nil }
        let numbers = text.dropFirst(prefix.count).split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard numbers.count == 2, let count = Int(numbers[0]), (1...contextLength).contains(count),
            let bytes = try? file.bytes(at: Self.headerByteCount, count: 4 * count, field: "tokens"),
            String(CRC32C.checksum(bytes), radix: 16) == numbers[1]
        else { return nil }
        self.path = path
        writtenAt = file.modifiedAt
        tokens = (0..<count).map { index in
            TokenID(bitPattern: bytes[4 * index..<4 * index + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
    }

    /// Puts the rows into `cache`, which is empty and of the same shape.
    func load(into cache: KVCache) throws {
        let file = try InputFile(path: path)
        var offset = Self.headerByteCount + 4 * tokens.count
        try cache.restore(tokens.count) { span in
            try file.read(into: &span, at: offset, field: "rows")
            offset += span.byteCount
            let stored = try file.bytes(at: offset, count: 4, field: "checksum")
            offset += 4
            WorkProgress.advance()
            guard Self.bytes(CRC32C.checksum(span.bytes)) == stored else {
                throw CheckpointError(.corrupt, path: path, field: "rows", offset: offset, "the checksum is wrong")
            }
        }
        file.forget(0..<file.byteCount)
    }

    /// Writes the context of `tokens`, all that `cache` holds, to `path`; gives up as soon as `isCancelled`.
    static func write(
        _ tokens: [TokenID], _ cache: KVCache, to path: String, prefix: String, isCancelled: () -> Bool
    ) throws {
        let content = tokens.flatMap { bytes(UInt32(bitPattern: $0)) }
        let line = prefix + "\(tokens.count) \(String(CRC32C.checksum(content), radix: 16))"
        guard line.utf8.count < headerByteCount else {
            throw CheckpointError(.unwritable, path: path, field: "header", "is too long")
        }
        var file = try OutputFile(path: path, permissions: 0o600)
        try file.write(line.utf8)
        try file.write(repeatElement(UInt8(ascii: " "), count: headerByteCount - 1 - line.utf8.count))
        try file.write(CollectionOfOne(UInt8(ascii: "\n")))
        try file.write(content)
        var failure: (any Error)?
        cache.forEachLayer { rows in
            guard failure == nil else { return }
            do {
                if isCancelled() { throw CancellationError() }
                try file.write(rows)
                try file.write(bytes(CRC32C.checksum(rows)))
                WorkProgress.advance()
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        try file.commit()
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
