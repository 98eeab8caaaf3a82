import Scratch

@testable import minke

/// A tree of small files that stands for /proc, /sys and /dev; gone with the object.
final class KernelTreeFixture {
    private let folder: ScratchFolder
    var path: String { folder.path }
    var tree: KernelTree { KernelTree(root: path) }

    /// Files by their paths, which begin with a slash.
    init(_ files: [String: String]) throws {
        folder = try ScratchFolder()
        for (name, text) in files { try write(name, text) }
    }

    func write(_ name: String, _ text: String) throws { try folder.write(text, to: name) }
}
