import Checkpoint
import Scratch

extension ScratchFolder {
    /// The bytes of a file.
    static func bytes(_ path: String) throws -> [UInt8] {
        let file = try InputFile(path: path)
        return try file.bytes(at: 0, count: file.byteCount, field: "file")
    }

    /// Copies the files of the folder `source`.
    func copy(_ source: String, to name: String) throws {
        for entry in Self.names(source) { try write(try Self.bytes(source + "/" + entry), to: name + "/" + entry) }
    }
}
