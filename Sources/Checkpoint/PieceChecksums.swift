/// CRC32C checksums of consecutive pieces of a file, the last of which may be shorter.
///
/// Pieces cover the zeros up to the next page too, so that no byte of a file is without a checksum.
public struct PieceChecksums: Sendable, Equatable {
    /// One checksum per piece.
    public let values: ArraySlice<UInt32>
    /// Bytes of all pieces but the last.
    public let pieceByteCount: Int
    /// Bytes of all pieces together.
    public let byteCount: Int

    /// Checksums of `byteCount` bytes in pieces of `pieceByteCount`.
    init(values: ArraySlice<UInt32>, pieceByteCount: Int, byteCount: Int) {
        precondition(
            values.count == Self.count(byteCount: byteCount, pieceByteCount: pieceByteCount), "a checksum per piece")
        self.values = values
        self.pieceByteCount = pieceByteCount
        self.byteCount = byteCount
    }

    /// Pieces that `byteCount` bytes are cut into.
    public static func count(byteCount: Int, pieceByteCount: Int) -> Int {
        (byteCount + pieceByteCount - 1) / pieceByteCount
    }

    /// Where piece `index` lies, counted from the first.
    public func range(ofPiece index: Int) -> Range<Int> {
        index * pieceByteCount..<min((index + 1) * pieceByteCount, byteCount)
    }

    /// The checksum of piece `index`.
    public func value(ofPiece index: Int) -> UInt32 { values[values.startIndex + index] }
}
