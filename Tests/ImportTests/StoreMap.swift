import Checkpoint

/// Which part of a store each byte belongs to, from the manifest alone.
struct StoreMap {
    /// The kinds of part.
    enum Section: CaseIterable {
        case header, manifest, checksums, document, tensor, record, padding
    }

    /// A piece, or a part before the data.
    struct Part {
        let section: Section
        /// What an error about it names.
        let name: String
        let range: Range<Int>
        /// Bytes of it that are not zeros up to the next page.
        let used: Range<Int>
    }

    private(set) var parts: [Part] = []

    init(_ store: PackedStore) {
        let (header, manifest) = (store.header, store.manifest)
        add(.header, "header", at: 0, StoreHeader.pageByteCount, used: 44)
        let end = StoreHeader.manifestOffset
        add(.manifest, "manifest", at: end, header.tableOffset - end, used: header.manifestByteCount)
        add(
            .checksums, "checksums", at: header.tableOffset, header.dataOffset - header.tableOffset,
            used: 4 * header.checksumCount)
        func place(_ section: Section, _ name: String, _ extent: StoreManifest.Extent) {
            for piece in 0..<extent.pieceCount {
                let start = piece * extent.pieceByteCount
                add(
                    section, name, at: header.dataOffset + extent.offset + start,
                    min(extent.pieceByteCount, extent.paddedByteCount - start), used: extent.byteCount - start)
            }
        }
        for document in manifest.documents { place(.document, document.name, document.extent) }
        for tensor in manifest.tensors where tensor.sameAs == nil { place(.tensor, tensor.name, tensor.extent) }
        for records in manifest.records where records.sameAs == nil {
            for expert in 0..<records.count {
                for (part, extent) in records.extents(of: expert).enumerated() {
                    let name = "blk.\(records.layer).ffn_\(["gate", "up", "down"][part])_exps.\(expert)"
                    place(.record, name, extent)
                }
            }
        }
    }

    private mutating func add(_ section: Section, _ name: String, at start: Int, _ byteCount: Int, used: Int) {
        let range = start..<start + byteCount
        parts.append(
            Part(section: section, name: name, range: range, used: range.clamped(to: start..<start + max(0, used))))
    }

    /// The part that byte `offset` belongs to.
    func part(at offset: Int) -> Part? { parts.first { $0.range.contains(offset) } }

    /// All bytes of a section; those of padding from all the others.
    func bytes(_ section: Section) -> [Range<Int>] {
        section == .padding
            ? parts.map { $0.used.upperBound..<$0.range.upperBound }.filter { !$0.isEmpty }
            : parts.filter { $0.section == section }.map(\.used)
    }
}

/// Random numbers that are the same every time (Knuth's MMIX generator).
struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number below `limit`.
    mutating func below(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }
}
