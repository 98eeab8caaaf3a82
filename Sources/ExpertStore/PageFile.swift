import Checkpoint

/// A file that is read in whole pages.
public protocol PageFile: Sendable {
    /// The path that errors name.
    var path: String { get }
    /// Whether reads go past the page cache.
    var isDirect: Bool { get }

    /// Fills at least the first `byteCount` bytes of `bytes` from `offset` on, a multiple of the page; there is room
    /// for whole pages. `field` is named if that fails.
    func read(
        into bytes: inout MutableRawSpan, byteCount: Int, at offset: Int, field: String
    ) throws(CheckpointError)

    /// Throws if the file is not the one that was opened any more: for data without checksums.
    func checkUnchanged(field: String) throws(CheckpointError)
}

extension DirectFile: PageFile {}
