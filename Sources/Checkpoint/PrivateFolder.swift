import CLinux
import Glibc
import Memory

/// A folder for what nobody else may read.
public struct PrivateFolder: Sendable {
    /// Its path.
    public let path: String

    /// The folder at `path`, made if need be; `nil` if this user cannot write there.
    public init?(path: String) {
        guard unsafe cl_make_folders(path, 0o700) >= 0, unsafe cl_is_writable_folder(path) > 0 else { return nil }
        self.path = path
    }

    /// Names of its files, hidden ones left out, in no order.
    public var names: [String] { Folder.names(in: path) }

    /// The path of a file in it.
    public func path(of name: String) -> String { path + "/" + name }

    /// Takes a file away, if it is there.
    public func remove(_ name: String) { unsafe _ = unlink(path(of: name)) }
}
