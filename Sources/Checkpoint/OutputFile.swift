import Glibc

/// A file that comes into being whole or not at all: written under a temporary name, synced, renamed.
///
/// Dropping it before `commit` removes what was written.
public struct OutputFile: ~Copyable, ByteSink {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isCommitted = false
    /// Bytes written so far.
    public private(set) var byteCount = 0

    private static let bufferByteCount = 1 << 20

    /// Creates the temporary file beside `path`, with these permissions less the umask.
    public init(path: String, permissions: mode_t = 0o644) throws(CheckpointError) {
        self.path = path
        temporaryPath = "\(path).\(getpid()).partial"
        descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions)
        guard descriptor >= 0 else {
            throw CheckpointError(
                .unwritable, path: path, field: "file", "cannot be created: \(InputFile.reason(errno))")
        }
    }

    deinit {
        close(descriptor)
        if !isCommitted { unsafe unlink(temporaryPath) }
    }

    /// Appends bytes.
    public mutating func write(_ bytes: some Collection<UInt8>) throws(CheckpointError) {
        buffer += bytes
        byteCount += bytes.count
        if buffer.count >= Self.bufferByteCount { try flush() }
    }

    /// Appends bytes.
    public mutating func write(_ bytes: RawSpan) throws(CheckpointError) {
        try write(unsafe bytes.withUnsafeBytes { unsafe Array($0) })
    }

    /// Makes the file durable and gives it its name.
    public mutating func commit() throws(CheckpointError) {
        try flush()
        guard fsync(descriptor) == 0, unsafe rename(temporaryPath, path) == 0 else {
            throw failure("cannot be completed")
        }
        isCommitted = true
    }

    private mutating func flush() throws(CheckpointError) {
        var done = 0
        while done < buffer.count {
            let count = unsafe buffer.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot be written") }
            done += count
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private func failure(_ what: String) -> CheckpointError {
        CheckpointError(.unwritable, path: path, field: "file", "\(what): \(InputFile.reason(errno))")
    }
}
