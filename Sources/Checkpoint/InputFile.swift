import Glibc
import Memory

/// A regular file, read by position. The only place of this module that hands memory to the kernel.
///
/// Weights are read, never mapped: a file that shrinks or a disk that fails is an error, not a SIGBUS.
public final class InputFile: Sendable {
    /// Path as it was opened.
    public let path: String
    /// Size in bytes when it was opened.
    public let byteCount: Int
    /// When the contents last changed, in nanoseconds since 1970.
    public let modifiedAt: Int
    private let descriptor: Int32

    /// Opens `path`; anything but a regular file is refused.
    public init(path: String) throws(CheckpointError) {
        // O_NONBLOCK: opening a FIFO must not wait for a writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw CheckpointError(.unreadable, path: path, field: "file", "cannot be opened: \(Self.reason(errno))")
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CheckpointError(.unreadable, path: path, field: "file", "is not a regular file")
        }
        self.path = path
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
        modifiedAt = Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec)
    }

    deinit { close(descriptor) }

    /// A path under which this process can open the same file again, even if another one has taken its name.
    public var descriptorPath: String { "/proc/self/fd/\(descriptor)" }

    /// Fills `bytes` from `offset` on; `field` is named if that fails.
    public func read(
        into bytes: inout MutableRawSpan, at offset: Int, field: String
    ) throws(CheckpointError) {
        try read(into: &bytes, 0..<bytes.byteCount, at: offset, field: field)
    }

    /// Fills the part `range` of `bytes`.
    public func read(
        into bytes: inout MutableRawSpan, _ range: Range<Int>, at offset: Int, field: String
    ) throws(CheckpointError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount, "part beyond the buffer")
        guard offset >= 0, range.count <= byteCount - min(offset, byteCount) else {
            throw CheckpointError(
                .truncated, path: path, field: field, offset: offset,
                "needs \(range.count) bytes, the file ends at \(byteCount)")
        }
        var done = 0
        while done < range.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + range.lowerBound + done },
                    min(range.count - done, Self.pieceByteCount), off_t(offset + done))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 {
                throw CheckpointError(
                    .unreadable, path: path, field: field, offset: offset + done,
                    "reading failed: \(Self.reason(errno))")
            }
            if count == 0 {
                throw CheckpointError(
                    .truncated, path: path, field: field, offset: offset + done, "the file became shorter")
            }
            done += count
            WorkProgress.advance()
        }
    }

    /// What is read at a time: even a slow card is done with it within seconds.
    private static let pieceByteCount = 16 << 20

    /// `count` bytes from `offset` on.
    public func bytes(at offset: Int, count: Int, field: String) throws(CheckpointError) -> [UInt8] {
        // Compared with the size of the file before anything is allocated.
        guard count >= 0, offset >= 0, count <= byteCount - min(offset, byteCount) else {
            throw CheckpointError(
                .truncated, path: path, field: field, offset: offset,
                "needs \(count) bytes, the file ends at \(byteCount)")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
            var span = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(buffer))
            try read(into: &span, at: offset, field: field)
        }
        return bytes
    }

    /// Lets the kernel forget what it holds of a part that will not be read again.
    public func forget(_ range: Range<Int>) {
        _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_DONTNEED)
    }

    static func reason(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
