import Glibc
import Memory

/// The files that make up the configuration: one, and those of a folder beside it.
public struct ConfigurationFiles: Sendable {
    /// Where the system's configuration is.
    public static let standardPath = "/etc/minke/minke.toml"

    private let path: String
    private let isOptional: Bool

    /// The file at `path` and the drop-ins in `PATH.d`. The standard file may be absent, one that is named must be there.
    public init(path: String? = nil) {
        self.path = path ?? Self.standardPath
        isOptional = path == nil
    }

    /// Reads the file, then the drop-ins `*.toml` and `*.conf` in the order of their names, then the variables
    /// `MINKE_SECTION_KEY`; what comes later wins.
    ///
    /// - Throws: everything that is wrong, not only the first.
    public func read(environment: [String: String] = [:]) throws(ConfigurationErrors) -> Configuration {
        var reading = ConfigurationReading()
        switch Self.contents(of: path) {
        case .success(let bytes): reading.take(bytes, path: path)
        case .failure(let failure) where failure.isAbsent && isOptional: break
        case .failure(let failure): reading.errors.append(failure.error)
        }
        let folder = path + ".d"
        // The same order in every locale.
        for name in Folder.names(in: folder).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        where name.hasSuffix(".toml") || name.hasSuffix(".conf") {
            switch Self.contents(of: folder + "/" + name) {
            case .success(let bytes): reading.take(bytes, path: folder + "/" + name)
            case .failure(let failure): reading.errors.append(failure.error)
            }
        }
        reading.take(environment)
        return try reading.result()
    }

    private struct Failure: Error {
        let isAbsent: Bool
        let error: ConfigurationError
    }

    /// The bytes of a file, one more than the limit at most.
    private static func contents(of path: String) -> Result<[UInt8], Failure> {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .failure(failure(path, errno)) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= TOMLReader.largestByteCount {
            var chunk = [UInt8](repeating: 0, count: 16 << 10)
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return .failure(failure(path, errno)) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return .success(bytes)
    }

    private static func failure(_ path: String, _ number: Int32) -> Failure {
        let reason =
            switch number {
            case ENOENT: "there is no such file"
            case EACCES: "this user may not read the file; it should be readable for all (mode 0644)"
            case EISDIR: "this is a folder, not a file"
            default: "the file cannot be read (error \(number))"
            }
        return Failure(isAbsent: number == ENOENT, error: ConfigurationError(.path(path), reason))
    }
}
