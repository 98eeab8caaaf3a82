import Kernels
import Memory

/// Tensor data in memory, compared with its checksums where the format has them.
extension ModelSource {
    /// Reads the rows of `tensor`, in its own layout, or as rows if they lie in pairs.
    ///
    /// Throws if the file is short, fails, or holds other bytes than were written when it was made.
    public func read(_ tensor: BoundTensor) throws -> AlignedBuffer {
        try AlignedBuffer.create(byteCount: tensor.byteCount, alignment: 64) { bytes in
            try read(tensor, into: &bytes)
        }
    }

    /// Reads the rows of `tensor` into `bytes` from `place` on.
    public func read(
        _ tensor: BoundTensor, into bytes: inout MutableRawSpan, at place: Int = 0
    ) throws(CheckpointError) {
        let (entry, file) = (tensor.entry, files[tensor.entry.fileIndex])
        if let pairs = tensor.pairs { return try readPairs(pairs, of: tensor, into: &bytes, at: place) }
        guard let checksums = entry.checksums else {
            return try file.read(
                into: &bytes, place..<place + tensor.byteCount, at: tensor.offset, field: entry.name)
        }
        let start = tensor.offset - entry.offset
        let wanted = start..<start + tensor.byteCount
        let pieces = wanted.lowerBound / checksums.pieceByteCount..<checksums.values.count
        for piece in pieces where checksums.range(ofPiece: piece).lowerBound < wanted.upperBound {
            let isIntact = try read(piece, checksums, wanted, of: entry, file, into: &bytes, at: place)
            // A second look tells a transfer that went wrong from a disk that did.
            if !isIntact, try !read(piece, checksums, wanted, of: entry, file, into: &bytes, at: place) {
                throw CheckpointError(
                    .corrupt, path: file.path, field: entry.name,
                    offset: entry.offset + checksums.range(ofPiece: piece).lowerBound,
                    CheckpointError.damage)
            }
        }
    }

    /// Lets the page cache forget the rows of `tensor`, which would take memory that is promised to others.
    func forget(_ tensor: BoundTensor) {
        files[tensor.entry.fileIndex].forget(tensor.offset..<tensor.offset + tensor.byteCount)
    }

    /// Reads codes to where they are just not overwritten, and joins them with their scales from the front.
    private func readPairs(
        _ pairs: PairedRows, of tensor: BoundTensor, into bytes: inout MutableRawSpan, at place: Int
    ) throws(CheckpointError) {
        let codes = place + pairs.blockCount
        try files[tensor.entry.fileIndex].read(
            into: &bytes, codes..<codes + pairs.codeByteCount, at: tensor.offset, field: tensor.entry.name)
        let scalesFile = files[pairs.scalesFileIndex]
        for start in stride(from: 0, to: pairs.blockCount, by: Self.scaleStripByteCount) {
            let count = min(Self.scaleStripByteCount, pairs.blockCount - start)
            let scales = try scalesFile.bytes(
                at: pairs.scales.lowerBound + start, count: count, field: pairs.scalesName)
            let bad = PairedCodes.join(
                count, codes: codes + start * PairedCodes.codeByteCount, scales: scales, in: &bytes,
                at: place + start * tensor.entry.type.blockByteCount)
            if let bad { throw pairs.nanScale(start + bad, path: scalesFile.path) }
        }
    }

    private static let scaleStripByteCount = 64 << 10

    /// Reads what is `wanted` of a piece into its place, and the rest only to compare; whether they match.
    private func read(
        _ piece: Int, _ checksums: PieceChecksums, _ wanted: Range<Int>, of entry: TensorEntry, _ file: InputFile,
        into bytes: inout MutableRawSpan, at place: Int
    ) throws(CheckpointError) -> Bool {
        let range = checksums.range(ofPiece: piece)
        let part = range.clamped(to: wanted)
        var checksum = CRC32C()
        let before = try file.bytes(
            at: entry.offset + range.lowerBound, count: part.lowerBound - range.lowerBound, field: entry.name)
        checksum.update(before)
        let first = place + part.lowerBound - wanted.lowerBound
        try file.read(into: &bytes, first..<first + part.count, at: entry.offset + part.lowerBound, field: entry.name)
        checksum.update(bytes.bytes.extracting(first..<first + part.count))
        let after = try file.bytes(
            at: entry.offset + part.upperBound, count: range.upperBound - part.upperBound, field: entry.name)
        checksum.update(after)
        return checksum.value == checksums.value(ofPiece: piece)
    }
}
