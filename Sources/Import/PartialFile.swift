import CLinux
import Checkpoint
import Glibc
import Memory

/// A store in the making: a file beside the final one, written at any place by several threads, renamed when it is
/// complete. The only place of this module that hands memory to the kernel.
///
/// What was written stays if the process dies, so that the next import can go on; a lock keeps two from it.
@safe final class PartialFile: Sendable {
    private let finalPath: String
    private let path: String
    private let descriptor: Int32
    /// For whole pages, past the page cache; the same as `descriptor` where the file system cannot.
    private let directDescriptor: Int32

    /// Opens or creates the partial file of `finalPath` and locks it.
    init(for finalPath: String) throws(CheckpointError) {
        self.finalPath = finalPath
        path = finalPath + ".partial"
        var existing = stat()
        if unsafe stat(finalPath, &existing) == 0, existing.st_mode & S_IFMT == S_IFDIR {
            // The rename would fail, but only when all the work is done.
            throw CheckpointError(.unwritable, path: finalPath, field: "file", "is a folder; name a file in it")
        }
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be created") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CheckpointError(.unwritable, path: path, field: "file", "another import is writing it")
        }
        // An import that was completed between the two calls has renamed the file: this is a model now.
        var (locked, named) = (stat(), stat())
        guard unsafe fstat(descriptor, &locked) == 0, unsafe lstat(path, &named) == 0,
            locked.st_dev == named.st_dev, locked.st_ino == named.st_ino
        else {
            close(descriptor)
            throw CheckpointError(.unwritable, path: path, field: "file", "another import has just completed it")
        }
        let direct = unsafe cl_open_direct(path, O_WRONLY | O_NOFOLLOW)
        directDescriptor = direct >= 0 ? direct : descriptor
    }

    deinit {
        if directDescriptor != descriptor { close(directDescriptor) }
        close(descriptor)
    }

    /// Makes room for `byteCount` bytes on the disk, or says how much is missing before anything is written.
    func allocate(_ byteCount: Int) throws(CheckpointError) {
        var status = stat()
        var system = statvfs()
        guard unsafe fstat(descriptor, &status) == 0, unsafe fstatvfs(descriptor, &system) == 0 else {
            throw Self.failure(path, "cannot be examined")
        }
        let held = Int(status.st_blocks) * 512
        let free = Int(system.f_bavail) * Int(system.f_frsize)
        guard byteCount - held <= free else { throw noRoom(byteCount - held, free: free) }
        let result = -cl_reserve_room(descriptor, Int64(byteCount))
        if result == EFBIG { throw tooLarge(byteCount) }
        guard result == 0 else { throw noRoom(byteCount - held, free: free) }
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw Self.failure(path, "cannot be enlarged") }
    }

    /// Reads `count` bytes from `offset` on; fewer if the file ends before.
    func bytes(at offset: Int, count: Int) throws(CheckpointError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, count, off_t(offset)) }
        guard got >= 0 else { throw Self.failure(path, "cannot be read") }
        return Array(bytes.prefix(got))
    }

    /// Writes `range` of `bytes` to `offset`; whole pages go past the page cache.
    func write(_ bytes: RawSpan, _ range: Range<Int>, at offset: Int) throws(CheckpointError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount, "range beyond the bytes")
        var done = 0
        while done < range.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let from = unsafe buffer.baseAddress.map { unsafe $0 + range.lowerBound + done }
                // The kernel takes whole pages of memory to whole pages of the disk, and nothing else.
                let isDirect = (Int(bitPattern: from) | (range.count - done) | (offset + done))
                    .isMultiple(of: StoreHeader.pageByteCount)
                return unsafe pwrite(
                    isDirect ? directDescriptor : descriptor, from, range.count - done, off_t(offset + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                if errno == ENOSPC { throw noRoom(range.count - done, free: 0) }
                throw Self.failure(path, "cannot be written")
            }
            done += count
        }
    }

    /// Writes an array.
    func write(_ bytes: [UInt8], at offset: Int) throws(CheckpointError) {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(CheckpointError) in
            let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer))
            try write(span, 0..<span.byteCount, at: offset)
        }
    }

    /// Returns when everything written so far would survive a power cut.
    func sync() throws(CheckpointError) {
        guard fdatasync(descriptor) == 0 else { throw Self.failure(path, "cannot be synced") }
    }

    /// Makes the file durable and gives it its name.
    func commit() throws(CheckpointError) {
        guard fsync(descriptor) == 0, unsafe rename(path, finalPath) == 0 else {
            throw Self.failure(finalPath, "cannot be completed")
        }
        let folder = finalPath.lastIndex(of: "/").map { String(finalPath[...$0]) } ?? "."
        let directory = unsafe open(folder, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// Takes the file away.
    func remove() { unsafe unlink(path) }

    private func tooLarge(_ byteCount: Int) -> CheckpointError {
        CheckpointError(
            .unwritable, path: finalPath, field: "file",
            "the file system allows no file of \(byteCount) bytes; choose another one for the store")
    }

    private func noRoom(_ missing: Int, free: Int) -> CheckpointError {
        CheckpointError(
            .diskFull, path: finalPath, field: "file",
            "\(missing >> 20) MiB more are needed on the disk, \(free >> 20) MiB are free; make room and start again, "
                + "an import that was begun goes on then")
    }

    private static func failure(_ path: String, _ what: String) -> CheckpointError {
        let text = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
        return CheckpointError(.unwritable, path: path, field: "file", "\(what): \(text)")
    }
}
