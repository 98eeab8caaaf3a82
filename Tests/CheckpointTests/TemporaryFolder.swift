import Glibc

enum TemporaryFolder {
    /// Runs `body` with the path of an empty folder, which is removed afterwards with all that `body` put into it.
    static func use(_ body: (String) throws -> Void) throws {
        let path = "/tmp/minke-folder-\(UInt64.random(in: 0 ... .max))"
        guard mkdir(path, 0o700) == 0 else { throw TemporaryFile.Failure() }
        defer {
            for name in ["a.gguf", "b.gguf", "model.gguf", "config.json", "model.safetensors"] {
                if unlink(path + "/" + name) != 0 { rmdir(path + "/" + name) }
            }
            rmdir(path)
        }
        try body(path)
    }
}
