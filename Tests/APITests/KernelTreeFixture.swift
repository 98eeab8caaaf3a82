import Glibc

@testable import minke

/// A tree of small files that stands for /proc, /sys and /dev; gone with the object.
final class KernelTreeFixture {
    let path: String
    var tree: KernelTree { KernelTree(root: path) }
    private var made: [String] = []

    struct Failure: Error {}

    init(_ files: [String: String]) throws {
        var template = "/tmp/minke-tree-XXXXXX".utf8.map { CChar($0) } + [0]
        guard mkdtemp(&template) != nil else { throw Failure() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (name, text) in files { try write(name, text) }
    }

    /// Writes the file `name`, which begins with a slash, and the folders above it.
    func write(_ name: String, _ text: String) throws {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/" + part
            if mkdir(folder, 0o755) == 0 { made.append(folder) }
        }
        guard let file = fopen(path + name, "w") else { throw Failure() }
        fputs(text, file)
        fclose(file)
        made.append(path + name)
    }

    deinit {
        for entry in made.reversed() where unlink(entry) != 0 { rmdir(entry) }
        rmdir(path)
    }
}
