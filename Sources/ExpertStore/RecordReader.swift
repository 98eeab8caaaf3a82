import Checkpoint
import Kernels
import Memory

/// Reads matrices into slots, compares them with their checksums and rearranges them if the file's
/// layout is another. Used by several threads at once.
struct RecordReader: Sendable {
    let files: [any PageFile]
    /// A slot per thread for parts that have to be rearranged; `nil` if all lie ready.
    let staging: SlotPool?

    /// Writes `part` to its place in `draft`; `countRead` is told the bytes of each attempt.
    ///
    /// A transfer may go wrong once. Throws what is wrong with the second attempt.
    func read(
        _ part: SlotRecord.Part, into draft: SlotDraft, countRead: (Int) -> Void
    ) throws(CheckpointError) {
        try draft.write(part.slotRange) { bytes throws(CheckpointError) in
            countRead(part.pages.count + part.scalePages.count)
            do throws(CheckpointError) {
                try readOnce(part, into: &bytes)
            } catch {
                countRead(part.pages.count + part.scalePages.count)
                try readOnce(part, into: &bytes)
            }
        }
    }

    private func readOnce(_ part: SlotRecord.Part, into bytes: inout MutableRawSpan) throws(CheckpointError) {
        let (tensor, file, pages) = (part.tensor, files[part.tensor.entry.fileIndex], part.pages)
        if part.isDirect {
            try file.read(into: &bytes, byteCount: pages.count, at: pages.lowerBound, field: part.name)
            return try check(part, in: bytes.bytes, at: 0)
        }
        if let pairs = tensor.pairs { return try readPairs(pairs, part, into: &bytes) }
        guard let staging else { preconditionFailure("parts that are rearranged have staging memory") }
        let begin = tensor.offset - pages.lowerBound
        let stored = try staging.fill { staged throws(CheckpointError) in
            // The last page of a file need not be a whole one.
            try file.read(
                into: &staged, byteCount: begin + (tensor.entry.checksums?.byteCount ?? tensor.byteCount),
                at: pages.lowerBound, field: part.name)
            try check(part, in: staged.bytes, at: begin)
        }
        if tensor.entry.checksums == nil { try file.checkUnchanged(field: part.name) }
        Self.rearrange(part, from: stored, at: begin, into: &bytes)
    }

    /// Codes, scales and the rows that are made of them lie in the staging memory one after the other.
    private func readPairs(
        _ pairs: PairedRows, _ part: SlotRecord.Part, into bytes: inout MutableRawSpan
    ) throws(CheckpointError) {
        guard let staging else { preconditionFailure("parts that are rearranged have staging memory") }
        let (file, scalesFile) = (files[part.tensor.entry.fileIndex], files[pairs.scalesFileIndex])
        let (codePages, scalePages) = (part.pages, part.scalePages)
        let codes = part.tensor.offset - codePages.lowerBound
        let scales = pairs.scales.lowerBound - scalePages.lowerBound
        let rows = codePages.count + scalePages.count
        let stored = try staging.fill { staged throws(CheckpointError) in
            try file.read(
                into: &staged, byteCount: codes + pairs.codeByteCount, at: codePages.lowerBound, field: part.name)
            try SlotPool.withPart(codePages.count..<rows, of: &staged) { bytes throws(CheckpointError) in
                try scalesFile.read(
                    into: &bytes, byteCount: scales + pairs.blockCount, at: scalePages.lowerBound,
                    field: pairs.scalesName)
            }
            let bad = PairedCodes.join(
                pairs.blockCount, codes: codes, scales: codePages.count + scales, in: &staged, at: rows)
            if let bad { throw pairs.nanScale(bad, path: scalesFile.path) }
        }
        try file.checkUnchanged(field: part.name)
        try scalesFile.checkUnchanged(field: pairs.scalesName)
        Self.rearrange(part, from: stored, at: rows, into: &bytes)
    }

    private static func rearrange(
        _ part: SlotRecord.Part, from stored: AlignedBuffer, at begin: Int, into bytes: inout MutableRawSpan
    ) {
        let (tensor, type) = (part.tensor, part.tensor.entry.type)
        switch (tensor.entry.layout, part.layout) {
        case (_, .pairs): preconditionFailure("no kernel computes with pairs")
        case (.rows, .packed), (.pairs, .packed):
            WeightMatrix.pack(
                type, rows: tensor.rows.count, columns: tensor.columns, from: stored, startingAt: begin,
                into: &bytes, at: 0)
        case (.packed, .rows):
            WeightMatrix.unpack(
                type, rows: tensor.rows.count, columns: tensor.columns, from: stored, startingAt: begin,
                into: &bytes)
        case (.rows, .rows), (.pairs, .rows), (.packed, .packed):
            stored.copy(begin..<begin + tensor.byteCount, into: &bytes, at: 0)
        }
    }

    /// Compares a part that lies in `bytes` from `offset` on with its checksums, if it has any.
    private func check(_ part: SlotRecord.Part, in bytes: RawSpan, at offset: Int) throws(CheckpointError) {
        guard let checksums = part.tensor.entry.checksums else { return }
        for piece in 0..<checksums.values.count {
            let range = checksums.range(ofPiece: piece)
            let found = CRC32C.checksum(bytes.extracting(offset + range.lowerBound..<offset + range.upperBound))
            guard found == checksums.value(ofPiece: piece) else {
                throw CheckpointError(
                    .corrupt, path: files[part.tensor.entry.fileIndex].path, field: part.name,
                    offset: part.tensor.entry.offset + range.lowerBound,
                    CheckpointError.damage)
            }
        }
    }
}
