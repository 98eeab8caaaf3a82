import Checkpoint
import Glibc
import Import
import Scratch

/// A store whose bytes are changed in place and put back.
final class ScratchStore {
    let path: String
    let bytes: [UInt8]
    let source: ModelSource
    let store: PackedStore
    let map: StoreMap
    private let folder: ScratchFolder
    private let descriptor: Int32

    /// A store of the fixture `name`.
    init(_ name: String) throws {
        folder = try ScratchFolder()
        path = try ImportTrial.importing(
            try ModelSource.open(Fixture.path(name)), to: folder.file("model.minke"), .lossless)
        bytes = try ScratchFolder.bytes(path)
        source = try ModelSource.open(path)
        guard let store = source.store else { throw ScratchFolder.Failure() }
        self.store = store
        map = StoreMap(store)
        descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ScratchFolder.Failure() }
    }

    deinit { close(descriptor) }

    /// Runs `body` while other bytes lie at some places.
    func changing<Result>(_ changes: [(offset: Int, bytes: [UInt8])], _ body: () throws -> Result) throws -> Result {
        defer {
            for change in changes {
                write(Array(bytes[change.offset..<change.offset + change.bytes.count]), change.offset)
            }
        }
        for change in changes { write(change.bytes, change.offset) }
        return try body()
    }

    /// Runs `body` while one bit at each of `places` is another; no two places are of the same byte.
    func flipping<Result>(_ places: [(offset: Int, bit: Int)], _ body: () throws -> Result) throws -> Result {
        try changing(places.map { ($0.offset, [bytes[$0.offset] ^ UInt8(1 << $0.bit)]) }, body)
    }

    private func write(_ bytes: [UInt8], _ offset: Int) {
        precondition(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count, "the store can be written")
    }

    /// Reads all documents and weights of the store as it was opened before the change.
    func readAll() throws {
        for document in store.manifest.documents { _ = try store.document(document.name) }
        let bound = try source.bind()
        for placed in bound.residentTensors {
            _ = try source.read(placed.tensor)
            if let scales = placed.tensor.scales { _ = try source.read(scales.tensor) }
        }
        for layer in bound.routedExperts {
            for matrix in layer.experts.flatMap(\.parts) { _ = try source.read(matrix) }
        }
    }
}
