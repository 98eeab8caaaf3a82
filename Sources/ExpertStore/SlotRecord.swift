import Checkpoint
import Kernels
import Memory

/// Matrices that are read into one slot together: where they lie in the files, and how in the slot.
struct SlotRecord: Sendable {
    /// One matrix.
    struct Part: Sendable {
        let tensor: BoundTensor
        /// How the rows lie in the slot.
        let layout: TensorEntry.Layout
        /// Which bytes of the slot they take.
        let slotRange: Range<Int>
        /// Whether these bytes are pages of the file as they are.
        let isDirect: Bool
        /// Factors of an FP8 matrix, which stay in memory.
        let scales: BlockScales?
        /// The name that errors have.
        let name: String

        /// The pages of the file that hold the rows; their codes, if they lie in pairs.
        var pages: Range<Int> {
            let stored = tensor.pairs?.codeByteCount ?? tensor.entry.checksums?.byteCount ?? tensor.byteCount
            return Self.pages(tensor.offset..<tensor.offset + stored)
        }

        /// The pages of their file that hold the scales of rows in pairs.
        var scalePages: Range<Int> { tensor.pairs.map { Self.pages($0.scales) } ?? 0..<0 }

        /// Bytes that are read and put together before they are rearranged; 0 if they are not.
        var stagingByteCount: Int {
            if isDirect { return 0 }
            return pages.count + scalePages.count + (tensor.entry.layout == .pairs ? tensor.byteCount : 0)
        }

        /// The matrix in a slot that was filled with the record.
        func matrix(in slot: AlignedBuffer) -> WeightMatrix {
            let (type, rows, columns) = (tensor.entry.type, tensor.rows.count, tensor.columns)
            return layout == .packed
                ? WeightMatrix(
                    packed: type, rows: rows, columns: columns, storage: slot, byteOffset: slotRange.lowerBound)
                : WeightMatrix(
                    type: type, rows: rows, columns: columns, storage: slot, byteOffset: slotRange.lowerBound,
                    scales: scales)
        }

        private static func pages(_ bytes: Range<Int>) -> Range<Int> {
            bytes.lowerBound / SlotPool.pageByteCount * SlotPool.pageByteCount..<SlotPool.rounded(bytes.upperBound)
        }
    }

    /// In the order in which they are read.
    let parts: [Part]
    /// Bytes of the slot that are used.
    let byteCount: Int

    /// The record of `tensors` for kernels of `precision`; `scales` and `names` belong to them one by one.
    init(_ tensors: [BoundTensor], _ precision: Precision, scales: [BlockScales?], names: [String]) {
        var parts: [Part] = []
        var end = 0
        for (index, tensor) in tensors.enumerated() {
            let layout = WeightLoader.layout(of: tensor, precision)
            let isDirect = Self.liesReady(tensor, layout)
            // From a page on, as direct I/O wants it and no cache line is shared.
            let begin = SlotPool.rounded(end)
            end = begin + (isDirect ? tensor.entry.pageByteCount : Self.byteCount(of: tensor, layout))
            parts.append(
                Part(
                    tensor: tensor, layout: layout, slotRange: begin..<end, isDirect: isDirect, scales: scales[index],
                    name: names[index]))
        }
        self.parts = parts
        byteCount = end
    }

    /// The most bytes that are read and put together at once, before they are rearranged; 0 if they are not.
    var stagingByteCount: Int { parts.map(\.stagingByteCount).max() ?? 0 }

    /// Bytes of the rows of `tensor` in `layout`.
    private static func byteCount(of tensor: BoundTensor, _ layout: TensorEntry.Layout) -> Int {
        let (type, rows) = (tensor.entry.type, tensor.rows.count)
        return layout == .packed
            ? WeightMatrix.packedByteCount(type, rows: rows, columns: tensor.columns) ?? 0 : rows * tensor.rowByteCount
    }

    /// Whether the pages of the file hold the rows of `tensor` and nothing else, in the layout that is wanted.
    private static func liesReady(_ tensor: BoundTensor, _ layout: TensorEntry.Layout) -> Bool {
        tensor.entry.checksums != nil && tensor.entry.layout == layout && tensor.rows.count == tensor.entry.rowCount
            && tensor.offset % SlotPool.pageByteCount == 0 && tensor.entry.pageByteCount % SlotPool.pageByteCount == 0
    }
}

extension TensorEntry {
    /// Bytes in the file with those up to the next page that a checksum covers.
    var pageByteCount: Int { checksums?.byteCount ?? byteCount }
}
