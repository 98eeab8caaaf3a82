import Glibc

/// A folder in memory for the files of the input at hand. The readers want real files: they read by position.
///
/// One per process, so that fuzzers run beside each other; removed when the process ends in order.
final class ScratchFolder: Sendable {
    /// The folder of this process.
    static let shared = ScratchFolder()

    /// Path of the folder.
    let path: String

    private init() {
        let memory = "/dev/shm"
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        path = (access(memory, W_OK) == 0 ? memory : temporary) + "/minke-fuzz-\(getpid())"
        mkdir(path, 0o700)
        atexit {
            // No other name is ever made in it.
            for name in ScratchFolder.names { unlink(ScratchFolder.shared.path + "/" + name) }
            rmdir(ScratchFolder.shared.path)
        }
    }

    private static let names = [
        "input.gguf", "input.minke", "config.json", "generation_config.json", "model.safetensors",
    ]

    /// Writes `bytes` and then a hole of `hole` bytes as the whole content of `name`; its path.
    func write(_ bytes: some Sequence<UInt8>, hole: Int = 0, to name: String) -> String {
        precondition(Self.names.contains(name))
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        precondition(descriptor >= 0, "cannot write \(file)")
        let contents = Array(bytes)
        let written = contents.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        precondition(written == contents.count, "cannot write \(file)")
        if hole > 0 { precondition(ftruncate(descriptor, off_t(written + hole)) == 0, "cannot extend \(file)") }
        close(descriptor)
        return file
    }
}
