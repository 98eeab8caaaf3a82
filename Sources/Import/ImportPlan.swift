import Checkpoint
import Kernels

/// Everything about an import that is known before the first byte is read: what is made from what, and where it goes.
struct ImportPlan: Sendable {
    /// The manifest; digests of the source are zeros until they are known.
    private(set) var manifest: StoreManifest
    /// What is to be made, in the order of the source's files.
    private(set) var units: [ImportUnit] = []
    /// Bytes of everything after the checksums.
    let dataByteCount: Int
    /// Number of checksums.
    let checksumCount: Int
    /// Where the table of checksums lies.
    let tableOffset: Int
    /// Where the data begins.
    let dataOffset: Int
    /// Identifies source, formats and layout: a half-made store is continued only by the plan it was begun with.
    let identity: [UInt8]

    /// Matrices above this are made by several threads.
    private static let largeByteCount = 16 << 20
    /// What one thread makes of them at a time, about.
    private static let unitByteCount = 8 << 20
    /// Rows that are looked up by number are compared with a checksum over about as much.
    private static let lookupPieceByteCount = 32 << 10
    private static let unknownDigest = String(repeating: "0", count: 64)

    /// Plans the import of `source`.
    init(_ source: ModelSource, _ options: ImportOptions) throws(CheckpointError) {
        let selection = try LayerSelection(source, options.layers)
        var manifest = StoreManifest(configuration: selection.configuration, sampling: try source.samplingDefaults())
        manifest.chatFormat = options.chatFormat
        manifest.licence = try source.licence()
        manifest.layers = options.layers
        manifest.scaleBlock = try source.scaleBlock()
        manifest.sources = source.files.map {
            StoreManifest.SourceFile(
                name: String($0.path.split(separator: "/").last ?? "model"), byteCount: $0.byteCount,
                digest: options.layers == nil ? Self.unknownDigest : nil)
        }
        var types = options.types
        types.chooseResidentType(selection.model, memory: options.memory)
        var drafts = DraftList(source, types)
        for document in try source.documents() { drafts.add(document.name, document.bytes) }
        for placed in selection.model.residentTensors { try drafts.add(placed) }
        for layer in selection.model.routedExperts { try drafts.addScales(of: layer) }
        manifest.documents = drafts.documents
        manifest.tensors = drafts.tensors.map(\.tensor)
        for layer in selection.model.routedExperts { manifest.records.append(try drafts.records(layer)) }
        (dataByteCount, checksumCount) = manifest.place()

        let text = manifest.jsonText
        guard text.count <= StoreHeader.maximumManifestByteCount, checksumCount <= StoreHeader.maximumChecksumCount
        else {
            throw CheckpointError(
                .limitExceeded, path: source.path, field: "manifest",
                "would have \(text.count) bytes and \(checksumCount) checksums, which no reader accepts")
        }
        let header = StoreHeader(
            fileByteCount: 0, manifestByteCount: text.count, manifestChecksum: 0, checksumCount: checksumCount,
            tableChecksum: 0)
        tableOffset = header.tableOffset
        dataOffset = header.dataOffset
        var hash = SHA256()
        hash.update(text)
        for text in drafts.texts { hash.update(text) }
        for file in source.files { hash.update(Array("\(file.path) \(file.modifiedAt)".utf8)) }
        identity = hash.digest()
        self.manifest = manifest
        makeUnits(drafts, selection.model)
    }

    /// Bytes of the finished file.
    var fileByteCount: Int { dataOffset + dataByteCount }

    /// The manifest with the digests of the source's files.
    func manifest(digests: [String]) -> StoreManifest {
        var complete = manifest
        for (index, digest) in digests.enumerated() { complete.sources[index].digest = digest }
        return complete
    }

    // MARK: Units

    private mutating func makeUnits(_ drafts: DraftList, _ model: BoundModel) {
        for (document, bytes) in zip(manifest.documents, drafts.texts) {
            units.append(unit(document.name, .document(bytes), nil, document.extent))
        }
        for (tensor, draft) in zip(manifest.tensors, drafts.tensors) { appendUnits(tensor, draft.source) }
        for (records, layer) in zip(manifest.records, model.routedExperts) {
            for (expert, network) in layer.experts.enumerated() {
                for (part, (extent, matrix)) in zip(records.extents(of: expert), network.parts).enumerated() {
                    let rows = ImportUnit.SourceRows(tensor: matrix, rows: 0..<matrix.rows.count)
                    units.append(unit(matrix.entry.name, .rows([rows]), records.parts[part], extent))
                }
            }
        }
        units.sort { ($0.position, $0.offset) < ($1.position, $1.offset) }
    }

    private func unit(
        _ name: String, _ source: ImportUnit.Source, _ matrix: StoreManifest.Matrix?, _ extent: StoreManifest.Extent
    ) -> ImportUnit {
        ImportUnit(
            name: name, source: source, matrix: matrix, offset: dataOffset + extent.offset,
            byteCount: extent.paddedByteCount, pieceByteCount: extent.pieceByteCount,
            firstChecksum: extent.firstChecksum)
    }

    /// Large matrices are cut at pieces, which are whole rows there.
    private mutating func appendUnits(_ tensor: StoreManifest.Tensor, _ source: ImportUnit.Source) {
        let extent = tensor.extent
        guard extent.pieceCount > 1, case .rows(let parts) = source, let whole = parts.first, parts.count == 1 else {
            units.append(unit(tensor.name, source, tensor.matrix, extent))
            return
        }
        let rowsPerPiece = Self.rows(in: extent.pieceByteCount, of: tensor.matrix)
        let piecesPerUnit = max(1, Self.unitByteCount / extent.pieceByteCount)
        for first in stride(from: 0, to: extent.pieceCount, by: piecesPerUnit) {
            let start = first * rowsPerPiece
            let end = min((first + piecesPerUnit) * rowsPerPiece, whole.rows.count)
            let rows = ImportUnit.SourceRows(tensor: whole.tensor, rows: start..<end)
            units.append(
                unit(tensor.name, .rows([rows]), tensor.matrix, extent.pieces(from: first, count: piecesPerUnit)))
        }
    }

    /// Rows that `byteCount` bytes of a matrix hold.
    private static func rows(in byteCount: Int, of matrix: StoreManifest.Matrix) -> Int {
        let (rows, bytes) = granule(matrix)
        return byteCount / bytes * rows
    }

    /// The fewest rows that can lie by themselves, and their bytes.
    private static func granule(_ matrix: StoreManifest.Matrix) -> (rows: Int, byteCount: Int) {
        let columns = matrix.shape[matrix.shape.count - 1]
        let rows = matrix.layout == .packed ? WeightMatrix.packedGroupSize : 1
        let form = StoreManifest.Matrix(type: matrix.type, layout: matrix.layout, shape: [rows, columns])
        return (rows, form.byteCount ?? 1)
    }

    /// Where a matrix is cut so that pieces are whole rows and whole pages.
    static func extent(of matrix: StoreManifest.Matrix, use: BoundTensor.Use) -> StoreManifest.Extent {
        let byteCount = matrix.byteCount ?? 0
        var wanted = unitByteCount
        if case .lookup = use {
            wanted = lookupPieceByteCount
        } else if byteCount <= largeByteCount {
            return StoreManifest.Extent(byteCount: byteCount)
        }
        let granule = Self.granule(matrix).byteCount
        let whole = granule / greatestCommonDivisor(granule, StoreHeader.pageByteCount) * StoreHeader.pageByteCount
        let piece = whole * max(1, wanted / whole)
        return piece < byteCount
            ? StoreManifest.Extent(byteCount: byteCount, pieceByteCount: piece)
            : StoreManifest.Extent(byteCount: byteCount)
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }
}
