import Checkpoint
import Kernels
import Memory

/// One thread's means of making units: its buffers, and the stream of bytes of the unit at hand.
struct UnitWriter: ~Copyable {
    private let source: ModelSource
    private let file: PartialFile
    /// Rows as they are in the source.
    private var input: WorkBuffer
    /// What is made of them and not yet written; begins at a page of the store.
    private var output: WorkBuffer
    private var filled = 0

    /// Bytes that are read, and written, at a time.
    private static let stripByteCount = 4 << 20

    init(_ source: ModelSource, _ file: PartialFile) throws(MemoryError) {
        let input = try WorkBuffer(byteCount: Self.stripByteCount)
        let output = try WorkBuffer(byteCount: 2 * Self.stripByteCount + StoreHeader.pageByteCount)
        self.source = source
        self.file = file
        self.input = input
        self.output = output
    }

    /// Makes `unit` and returns the checksums of its pieces. Stops early, with fewer, when `isStopped` turns true.
    mutating func make(_ unit: ImportUnit, isStopped: () -> Bool) throws -> [UInt32] {
        var stream = PieceStream(unit)
        filled = 0
        switch unit.source {
        case .document(let bytes):
            for start in stride(from: 0, to: bytes.count, by: Self.stripByteCount) {
                let part = bytes[start..<min(start + Self.stripByteCount, bytes.count)]
                output.write(part, at: filled)
                filled += part.count
                try flush(&stream)
            }
        case .rows(let parts):
            for part in parts { try convert(part, unit, &stream, isStopped) }
        case .keys(let fused):
            for head in 0..<fused.headCount where !isStopped() {
                let keys = try floats(fused, rows: fused.keyRows(head))
                try convert(keys.transposed, unit, &stream)
            }
        case .values(let fused):
            for head in 0..<fused.headCount where !isStopped() {
                try convert(try floats(fused, rows: fused.valueRows(head)).values, unit, &stream)
            }
        }
        if isStopped() { return [] }
        return try finish(&stream)
    }

    // MARK: Conversion

    private mutating func convert(
        _ part: ImportUnit.SourceRows, _ unit: ImportUnit, _ stream: inout PieceStream, _ isStopped: () -> Bool
    ) throws {
        let tensor = part.tensor
        var converter = try converter(of: tensor, to: unit)
        let rowByteCount = max(1, tensor.rowByteCount)
        // Whole groups of rows, as many as fit both buffers.
        let outputRow = max(1, converter.byteCount(rows: converter.groupSize) / converter.groupSize)
        let fitting = Self.stripByteCount / max(rowByteCount, outputRow) / converter.groupSize * converter.groupSize
        guard fitting > 0 else { throw failure(tensor, .unsupported, "rows of \(rowByteCount) bytes are too long") }
        for start in stride(from: part.rows.lowerBound, to: part.rows.upperBound, by: fitting) where !isStopped() {
            let rows = start..<min(start + fitting, part.rows.upperBound)
            try append(rows, of: tensor, &converter)
            try flush(&stream)
        }
    }

    private mutating func append(
        _ rows: Range<Int>, of tensor: BoundTensor, _ converter: inout RowConverter
    ) throws(CheckpointError) {
        let source = source
        try input.withMutableBytes { bytes throws(CheckpointError) in
            try source.read(tensor.slice(rows), into: &bytes)
        }
        let badRow = converter.convert(
            input, rows: rows.count, firstRow: rows.lowerBound, into: &output, at: filled)
        if let badRow { throw failure(tensor, .malformed, "row \(badRow) holds a value that is not finite") }
        filled += converter.byteCount(rows: rows.count)
    }

    private mutating func convert(_ values: [Float], _ unit: ImportUnit, _ stream: inout PieceStream) throws {
        guard let matrix = unit.matrix, let columns = matrix.shape.last,
            var converter = RowConverter(
                from: .f32, to: matrix.type, packed: matrix.layout == .packed, columns: columns)
        else { throw CheckpointError(.unsupported, path: source.path, field: unit.name, "cannot be converted") }
        let badRow = converter.convert(floats: values, into: &output, at: filled)
        if let badRow {
            throw CheckpointError(
                .malformed, path: source.path, field: unit.name, "row \(badRow) holds a value that is not finite")
        }
        filled += converter.byteCount(rows: values.count / columns)
        try flush(&stream)
    }

    /// Some rows of a fused expansion as floats.
    private mutating func floats(_ fused: ImportUnit.FusedExpansion, rows: Range<Int>) throws -> FloatRows {
        let tensor = fused.tensor
        let byteCount = rows.count * tensor.columns * MemoryLayout<Float>.stride
        guard byteCount <= Self.stripByteCount,
            var converter = RowConverter(
                from: tensor.entry.type, scales: try scales(of: tensor), to: .f32, packed: false,
                columns: tensor.columns)
        else { throw failure(tensor, .unsupported, "heads of \(byteCount) bytes are too large") }
        let source = source
        try input.withMutableBytes { bytes throws(CheckpointError) in
            try source.read(tensor.slice(rows), into: &bytes)
        }
        return FloatRows(values: converter.floats(input, rows: rows), columns: tensor.columns)
    }

    private func converter(of tensor: BoundTensor, to unit: ImportUnit) throws -> RowConverter {
        guard let matrix = unit.matrix,
            let converter = RowConverter(
                from: tensor.entry.type, scales: matrix.type == tensor.entry.type ? nil : try scales(of: tensor),
                to: matrix.type, packed: matrix.layout == .packed, columns: tensor.columns)
        else { throw failure(tensor, .unsupported, "cannot be converted") }
        return converter
    }

    private func scales(of tensor: BoundTensor) throws -> BlockScales? {
        try WeightLoader(source, precision: .f32, totalByteCount: 0).scales(of: tensor)
    }

    // MARK: Output

    /// Writes what is complete: whole pages.
    private mutating func flush(_ stream: inout PieceStream) throws(CheckpointError) {
        let whole = filled / StoreHeader.pageByteCount * StoreHeader.pageByteCount
        guard whole >= Self.stripByteCount else { return }
        try write(whole, &stream)
    }

    /// Fills the last page up with zeros and writes the rest.
    private mutating func finish(_ stream: inout PieceStream) throws(CheckpointError) -> [UInt32] {
        let whole = StoreHeader.padded(filled)
        output.clear(filled..<whole)
        filled = whole
        try write(whole, &stream)
        return stream.finish()
    }

    private mutating func write(_ byteCount: Int, _ stream: inout PieceStream) throws(CheckpointError) {
        let file = file
        try output.withBytes { bytes throws(CheckpointError) in
            try file.write(bytes, 0..<byteCount, at: stream.offset)
            stream.add(bytes.extracting(0..<byteCount))
        }
        output.moveToFront(byteCount..<filled)
        filled -= byteCount
    }

    private func failure(
        _ tensor: BoundTensor, _ code: CheckpointError.Code, _ message: String
    ) -> CheckpointError {
        CheckpointError(code, path: source.files[tensor.entry.fileIndex].path, field: tensor.entry.name, message)
    }
}

/// The bytes of a unit on their way out: where the next go, and the checksums of the pieces so far.
private struct PieceStream {
    /// Where the next byte goes.
    private(set) var offset: Int
    private var checksums: [UInt32] = []
    private var current = CRC32C()
    private var roomInPiece: Int
    private let pieceByteCount: Int
    private let end: Int

    init(_ unit: ImportUnit) {
        offset = unit.offset
        end = unit.offset + unit.byteCount
        pieceByteCount = unit.pieceByteCount
        roomInPiece = unit.pieceByteCount
    }

    mutating func add(_ bytes: RawSpan) {
        var done = 0
        while done < bytes.byteCount {
            let count = min(roomInPiece, bytes.byteCount - done)
            current.update(bytes.extracting(done..<done + count))
            done += count
            roomInPiece -= count
            if roomInPiece == 0 { endPiece() }
        }
        offset += bytes.byteCount
    }

    mutating func finish() -> [UInt32] {
        precondition(offset == end, "a unit has the length that was planned")
        if roomInPiece < pieceByteCount { endPiece() }
        return checksums
    }

    private mutating func endPiece() {
        checksums.append(current.value)
        current = CRC32C()
        roomInPiece = pieceByteCount
    }
}

/// Rows of floats, one after the other.
private struct FloatRows {
    let values: [Float]
    let columns: Int

    /// The columns as rows.
    var transposed: [Float] {
        let rows = values.count / columns
        var result = [Float](repeating: 0, count: values.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
        }
        return result
    }
}

extension ImportUnit.FusedExpansion {
    /// Rows of a head's keys.
    fileprivate func keyRows(_ head: Int) -> Range<Int> {
        let first = head * (keyWidth + valueWidth)
        return first..<first + keyWidth
    }

    /// Rows of a head's values.
    fileprivate func valueRows(_ head: Int) -> Range<Int> {
        let first = head * (keyWidth + valueWidth) + keyWidth
        return first..<first + valueWidth
    }
}
