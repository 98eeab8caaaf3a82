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

    /// The document that keeps a GGUF file's metadata: a GGUF file without tensors.
    public static let ggufDocument = "metadata.gguf"
    /// Longest document that is read.
    private static let maximumDocumentByteCount = 64 << 20

    /// A store of parts that cover the data without holes and in order, each piece with its checksum.
    init(
        file: InputFile, header: StoreHeader, manifest given: StoreManifest, checksums: [UInt32]
    ) throws(CheckpointError) {
        self.file = file
        self.header = header
        self.checksums = checksums
        try Self.checkSizes(given, header, file)
        var placed = given
        let needed = placed.place()
        manifest = placed
        func refuse(_ field: String, _ message: String) -> CheckpointError {
            CheckpointError(.malformed, path: file.path, field: field, message)
        }
        for (given, expected) in zip(given.documents, placed.documents)
        where given.extent.offset != expected.extent.offset {
            throw refuse(given.name, "must begin at byte \(expected.extent.offset) of the data")
        }
        for (given, expected) in zip(given.tensors, placed.tensors)
        where given.extent.offset != expected.extent.offset {
            throw refuse(given.name, "must begin at byte \(expected.extent.offset) of the data")
        }
        for (given, expected) in zip(given.records, placed.records) where given.offset != expected.offset {
            throw refuse("experts of layer \(given.layer)", "must begin at byte \(expected.offset) of the data")
        }
        guard header.dataOffset + needed.byteCount == header.fileByteCount else {
            throw refuse("file length", "is not what the manifest's parts need")
        }
        guard checksums.count == needed.checksumCount else {
            throw refuse("checksum count", "is \(checksums.count); the parts need \(needed.checksumCount)")
        }
    }

    /// Checks that the parts fit into the file, so that adding their sizes cannot overflow, and that aliases do not
    /// make a model of them that no file could hold.
    private static func checkSizes(
        _ manifest: StoreManifest, _ header: StoreHeader, _ file: InputFile
    ) throws(CheckpointError) {
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
        for tensor in manifest.tensors where tensor.sameAs == nil {
            try take(tensor.name, tensor.extent.paddedByteCount)
        }
        for records in manifest.records where records.sameAs == nil {
            try take("experts of layer \(records.layer)", records.recordByteCount, count: records.count)
        }
        try manifest.checkSizeOfAliases(path: file.path)
    }

    /// A matrix of the data.
    func entry(_ name: String, _ matrix: StoreManifest.Matrix, _ extent: StoreManifest.Extent) -> TensorEntry {
        let part = part(name, extent)
        return TensorEntry(
            name: name, type: matrix.type, shape: matrix.shape, fileIndex: 0, offset: part.offset,
            byteCount: extent.byteCount, layout: matrix.layout, checksums: part.checksums)
    }

    /// An extent of the data with its checksums.
    func part(_ name: String, _ extent: StoreManifest.Extent) -> Part {
        Part(
            name: name, offset: header.dataOffset + extent.offset,
            checksums: PieceChecksums(
                values: checksums[extent.firstChecksum..<extent.firstChecksum + extent.pieceCount],
                pieceByteCount: extent.pieceByteCount, byteCount: extent.paddedByteCount))
    }

    /// Gate, up and down of an expert.
    func entries(of expert: Int, in records: StoreManifest.Records) -> [TensorEntry] {
        zip(BoundSwiGLU.partNames, zip(records.parts, records.extents(of: expert))).map { name, part in
            entry("blk.\(records.layer).ffn_\(name)_exps.\(expert)", part.0, part.1)
        }
    }

    /// A document's bytes; `nil` if the store has none of that name.
    public func document(_ name: String) throws(CheckpointError) -> [UInt8]? {
        guard let extent = manifest.documents.first(where: { $0.name == name })?.extent else { return nil }
        guard extent.byteCount <= Self.maximumDocumentByteCount else {
            throw CheckpointError(
                .limitExceeded, path: file.path, field: name,
                "is \(extent.byteCount) bytes long, at most \(Self.maximumDocumentByteCount) are accepted")
        }
        let offset = header.dataOffset + extent.offset
        let bytes = try file.bytes(at: offset, count: extent.paddedByteCount, field: name)
        guard extent.pieceCount == 0 || CRC32C.checksum(bytes) == checksums[extent.firstChecksum] else {
            throw CheckpointError(.corrupt, path: file.path, field: name, offset: offset, CheckpointError.damage)
        }
        return Array(bytes.prefix(extent.byteCount))
    }
}
