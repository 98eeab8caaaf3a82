import CLinux
import Glibc
import Memory

/// A model file that is read past the page cache, in whole pages.
///
/// Whether the file system can do it is found out by a real read. If not, files are read through the page cache,
/// which is told to forget what was read. Callable from any thread.
public final class DirectFile: Sendable {
    /// The path that errors name.
    public let path: String
    /// Whether reads go past the page cache.
    public let isDirect: Bool
    private let descriptor: Int32
    private let size: Int
    private let modified: timespec

    private static let page = SlotPool.pageByteCount

    /// Opens the file that `file` has open.
    public convenience init(_ file: InputFile) throws(CheckpointError) {
        try self.init(file, allowDirect: true)
    }

    /// The same; through the page cache if direct reads are not allowed.
    public init(_ file: InputFile, allowDirect: Bool) throws(CheckpointError) {
        let path = file.descriptorPath
        var descriptor = allowDirect ? unsafe cl_open_direct(path, O_RDONLY) : -1
        if descriptor >= 0, !Self.canRead(descriptor) {
            close(descriptor)
            descriptor = -1
        }
        isDirect = descriptor >= 0
        if descriptor < 0 { descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC) }
        var status = stat()
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else {
            let reason = errno
            if descriptor >= 0 { close(descriptor) }
            throw CheckpointError(
                .unreadable, path: file.path, field: "file", "cannot be opened again: error \(reason)")
        }
        self.path = file.path
        self.descriptor = descriptor
        size = Int(status.st_size)
        modified = status.st_mtim
    }

    deinit { close(descriptor) }

    /// Whether one page can be read: some file systems accept O_DIRECT and then refuse to read.
    private static func canRead(_ descriptor: Int32) -> Bool {
        let probe = try? AlignedBuffer.create(byteCount: page, alignment: page) { bytes in
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, page, 0) }
            guard count > 0 else { throw CancellationError() }
        }
        return probe != nil
    }

    /// Fills at least the first `byteCount` bytes of `bytes` from `offset` on, a multiple of the page; there is room
    /// for whole pages. `field` is named if that fails.
    public func read(
        into bytes: inout MutableRawSpan, byteCount: Int, at offset: Int, field: String
    ) throws(CheckpointError) {
        let length = SlotPool.rounded(byteCount)
        precondition(offset % Self.page == 0 && length <= bytes.byteCount, "no room for whole pages")
        var done = 0
        while done < byteCount {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, length - done, off_t(offset + done))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 {
                throw CheckpointError(
                    .unreadable, path: path, field: field, offset: offset + done,
                    "reading failed: \(unsafe String(cString: strerror(errno)))")
            }
            // Direct reads go on at a page: a part of one is read again.
            let next = done + count >= byteCount ? done + count : (done + count) / Self.page * Self.page
            guard next > done else {
                throw CheckpointError(
                    .truncated, path: path, field: field, offset: offset + done + count, "the file became shorter")
            }
            done = next
        }
        if !isDirect { posix_fadvise(descriptor, off_t(offset), off_t(length), POSIX_FADV_DONTNEED) }
    }

    /// Throws if the file is not the one that was opened any more.
    public func checkUnchanged(field: String) throws(CheckpointError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, Int(status.st_size) == size,
            status.st_mtim.tv_sec == modified.tv_sec, status.st_mtim.tv_nsec == modified.tv_nsec
        else {
            throw CheckpointError(
                .corrupt, path: path, field: field, "the file was changed while it was in use; load the model again")
        }
    }
}
