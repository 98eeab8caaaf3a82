import Kernels

extension ModelSource {
    /// Digits that change with the model's files: by their sizes and times.
    public var identity: String {
        let files = files.map { "\($0.byteCount) \($0.modifiedAt)\n" }.joined()
        return String(CRC32C.checksum(Array(files.utf8)), radix: 16)
    }
}
