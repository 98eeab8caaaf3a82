import Glibc

/// A folder of a test's own, which is gone with all that is in it when nobody holds it any more.
public final class ScratchFolder: Sendable {
    /// What a test could not prepare.
    public struct Failure: Error {
        /// Says nothing more: the line that throws does.
        public init() {}
    }

    /// Where it is.
    public let path: String

    /// Makes an empty one.
    public init() throws {
        var template = Array("/tmp/minke-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.removeAll(path) }

    /// Runs `body` with the path of an empty folder.
    public static func use(_ body: (String) throws -> Void) throws {
        let folder = try ScratchFolder()
        try withExtendedLifetime(folder) { try body(folder.path) }
    }

    /// Runs `body` with the path of an empty folder.
    public static func use<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
    ) async throws -> Result {
        let folder = try ScratchFolder()
        defer { withExtendedLifetime(folder) {} }
        return try await body(folder.path)
    }

    /// Path of `name` inside.
    public func file(_ name: String) -> String { path + "/" + name }

    /// Names of what is inside, sorted.
    public var names: [String] { Self.names(path) }

    /// Writes a file and the folders above it; a reader sees what was there before, or all of it. Returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let parts = name.split(separator: "/")
        var folder = path
        for part in parts.dropLast() {
            folder += "/" + part
            mkdir(folder, 0o755)
        }
        let target = file(parts.joined(separator: "/")), draft = target + ".draft"
        guard let stream = fopen(draft, "w") else { throw Failure() }
        let count = fwrite(bytes, 1, bytes.count, stream)
        guard fclose(stream) == 0, count == bytes.count, rename(draft, target) == 0 else { throw Failure() }
        return target
    }

    /// The same of text.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    /// Names of what is in a folder, sorted; none if there is no such folder.
    public static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
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
}
