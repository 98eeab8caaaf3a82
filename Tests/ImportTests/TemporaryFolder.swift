import Checkpoint
import Glibc

/// A folder that is gone when nobody holds it any more.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = "/tmp/minke-import-XXXXXX".utf8.map { CChar($0) } + [0]
        guard mkdtemp(&template) != nil else { throw Failure() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.removeAll(path) }

    /// Path of `name` inside.
    func file(_ name: String) -> String { path + "/" + name }

    /// Names of what is inside, sorted.
    var names: [String] { Self.names(path) }

    /// Writes a file.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure() }
        return path
    }

    /// The bytes of a file.
    static func bytes(_ path: String) throws -> [UInt8] {
        let file = try InputFile(path: path)
        return try file.bytes(at: 0, count: file.byteCount, field: "file")
    }

    /// Copies the files of the folder `source`.
    func copy(_ source: String, to name: String) throws {
        mkdir(file(name), 0o700)
        for entry in Self.names(source) { try write(try Self.bytes(source + "/" + entry), to: name + "/" + entry) }
    }

    private static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func removeAll(_ path: String) {
        if unlink(path) == 0 { return }
        for name in names(path) { removeAll(path + "/" + name) }
        rmdir(path)
    }

    struct Failure: Error {}
}
