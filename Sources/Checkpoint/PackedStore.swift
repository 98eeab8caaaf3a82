import JSON
import Kernels

/// An opened packed store: its manifest and where the parts lie that the manifest names.
public struct PackedStore: Sendable {
    /// The file.
    public let file: InputFile
    /// Its first page.
    public let header: StoreHeader
    /// What it holds.
    public let manifest: StoreManifest
    private let checksums: [UInt32]
    /// Number of the first checksum of each layer's records.
    private let firstRecordChecksum: [Int]

    /// The document that keeps a GGUF file's metadata: a GGUF file without tensors.
    public static let ggufDocument = "metadata.gguf"
    /// Longest document that is read.
    private static let maximumDocumentByteCount = 64 << 20

    init(file: InputFile, header: StoreHeader, manifest: StoreManifest, checksums: [UInt32]) {
        self.file = file
        self.header = header
        self.manifest = manifest
        self.checksums = checksums
        var next = manifest.documents.reduce(0) { $0 + $1.extent.pieceCount }
        next += manifest.tensors.reduce(0) { $0 + $1.extent.pieceCount }
        var first: [Int] = []
        for records in manifest.records {
            first.append(next)
            next += records.count * records.parts.count
        }
        firstRecordChecksum = first
    }

    /// Checks that the parts cover the data without holes and in order, and that each piece has its checksum.
    func checkCoverage() throws(CheckpointError) {
        try checkSizes()
        var placed = manifest
        let needed = placed.place()
        func refuse(_ field: String, _ message: String) -> CheckpointError {
            CheckpointError(.malformed, path: file.path, field: field, message)
        }
        for (given, expected) in zip(manifest.documents, placed.documents) where given != expected {
            throw refuse(given.name, "must begin at byte \(expected.extent.offset) of the data")
        }
        for (given, expected) in zip(manifest.tensors, placed.tensors) where given != expected {
            throw refuse(given.name, "must begin at byte \(expected.extent.offset) of the data")
        }
        for (given, expected) in zip(manifest.records, placed.records) where given != expected {
            throw refuse("experts of layer \(given.layer)", "must begin at byte \(expected.offset) of the data")
        }
        guard header.dataOffset + needed.byteCount == header.fileByteCount else {
            throw refuse("file length", "is not what the manifest's parts need")
        }
        guard checksums.count == needed.checksumCount else {
            throw refuse("checksum count", "is \(checksums.count); the parts need \(needed.checksumCount)")
        }
    }

    /// Checks that the parts fit into the file, so that adding their sizes cannot overflow.
    private func checkSizes() throws(CheckpointError) {
        var rest = header.fileByteCount - header.dataOffset
        func take(_ name: String, _ byteCount: Int, count: Int = 1) throws(CheckpointError) {
            let (all, overflow) = byteCount.multipliedReportingOverflow(by: count)
            guard !overflow, all <= rest else {
                throw CheckpointError(
                    .malformed, path: file.path, field: name, "needs more bytes than the file has for it")
            }
            rest -= all
        }
        for document in manifest.documents { try take(document.name, document.extent.paddedByteCount) }
        for tensor in manifest.tensors { try take(tensor.name, tensor.extent.paddedByteCount) }
        for records in manifest.records {
            try take("experts of layer \(records.layer)", records.recordByteCount, count: records.count)
        }
    }

    /// A matrix whose extent is counted from `base` bytes after the beginning of the data.
    func entry(
        _ name: String, _ matrix: StoreManifest.Matrix, _ extent: StoreManifest.Extent, at base: Int,
        firstChecksum: Int
    ) -> TensorEntry {
        let part = part(name, extent, at: base, firstChecksum: firstChecksum)
        return TensorEntry(
            name: name, type: matrix.type, shape: matrix.shape, fileIndex: 0, offset: part.offset,
            byteCount: extent.byteCount, layout: matrix.layout, checksums: part.checksums)
    }

    /// An extent, counted from `base` bytes after the beginning of the data, with its checksums.
    func part(_ name: String, _ extent: StoreManifest.Extent, at base: Int = 0, firstChecksum: Int) -> Part {
        Part(
            name: name, offset: header.dataOffset + base + extent.offset,
            checksums: PieceChecksums(
                values: checksums[firstChecksum..<firstChecksum + extent.pieceCount],
                pieceByteCount: extent.pieceByteCount, byteCount: extent.paddedByteCount))
    }

    /// Gate, up and down of an expert of the layer whose records are number `index`.
    func entries(of expert: Int, in index: Int) -> [TensorEntry] {
        let records = manifest.records[index]
        let base = records.offset + expert * records.recordByteCount
        let first = firstRecordChecksum[index] + expert * records.parts.count
        return records.partExtents.enumerated().map { part, extent in
            entry(
                "blk.\(records.layer).ffn_\(BoundSwiGLU.partNames[part])_exps.\(expert)", records.parts[part], extent,
                at: base, firstChecksum: first + part)
        }
    }

    /// A document's bytes; `nil` if the store has none of that name.
    public func document(_ name: String) throws(CheckpointError) -> [UInt8]? {
        var next = 0
        for document in manifest.documents {
            guard document.name == name else {
                next += document.extent.pieceCount
                continue
            }
            let offset = header.dataOffset + document.extent.offset
            guard document.extent.byteCount <= Self.maximumDocumentByteCount else {
                throw CheckpointError(
                    .limitExceeded, path: file.path, field: name,
                    "is \(document.extent.byteCount) bytes long, at most \(Self.maximumDocumentByteCount) are accepted")
            }
            let bytes = try file.bytes(at: offset, count: document.extent.paddedByteCount, field: name)
            guard document.extent.pieceCount == 0 || CRC32C.checksum(bytes) == checksums[next] else {
                throw CheckpointError(
                    .corrupt, path: file.path, field: name, offset: offset,
                    "does not match its checksum; restore the file or import the model again")
            }
            return Array(bytes.prefix(document.extent.byteCount))
        }
        return nil
    }
}
