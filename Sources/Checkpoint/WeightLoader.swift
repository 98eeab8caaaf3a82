import Kernels
import Memory

/// Reads bound tensors into memory that the budget has granted.
public struct WeightLoader: Sendable {
    private let source: ModelSource
    /// Bytes read so far and in all, after every tensor.
    private let progress: (@Sendable (Int, Int) -> Void)?
    private let counter: LoadCounter
    private let precision: Precision
    private let forgets: Bool

    /// A loader for `source`; `progress` is told the bytes read so far and in all. If it `forgets`, the kernel is told not
    /// to keep the pages of what was read.
    public init(
        _ source: ModelSource, precision: Precision, totalByteCount: Int, forgets: Bool = false,
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) {
        self.source = source
        self.precision = precision
        self.progress = progress
        self.forgets = forgets
        counter = LoadCounter(total: totalByteCount)
    }

    /// The rows of `tensor` as a matrix in the layout that the precision's kernels want.
    public func matrix(_ tensor: BoundTensor) throws -> WeightMatrix {
        let layout = Self.layout(of: tensor, precision)
        return try matrix(tensor, layout, in: try rearranged(tensor, to: layout))
    }

    /// The same for several tensors, side by side in one block of memory if all of them have integer kernels.
    public func matrices(_ tensors: [BoundTensor]) throws -> [WeightMatrix] {
        guard tensors.allSatisfy({ Self.layout(of: $0, precision) == .packed }) else {
            return try tensors.map { try matrix($0) }
        }
        // Whole cache lines.
        let sizes = tensors.map { (Self.packedByteCount($0) + 63) / 64 * 64 }
        let offsets = sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        let storage = try AlignedBuffer.create(byteCount: offsets[sizes.count], alignment: 64) { bytes in
            for (tensor, offset) in zip(tensors, offsets) {
                if tensor.entry.layout == .packed {
                    try source.read(tensor, into: &bytes, at: offset)
                    count(tensor)
                } else {
                    WeightMatrix.pack(
                        tensor.entry.type, rows: tensor.rows.count, columns: tensor.columns, from: try read(tensor),
                        into: &bytes, at: offset)
                }
            }
        }
        return try zip(tensors, offsets).map { try matrix($0, .packed, in: storage, at: $1) }
    }

    /// The layout that kernels of `precision` want the rows of `tensor` in.
    public static func layout(of tensor: BoundTensor, _ precision: Precision) -> TensorEntry.Layout {
        precision == .int8 ? tensor.fastLayout : .rows
    }

    /// Bytes of `tensor` in memory, as it is loaded for kernels of `precision`.
    public static func byteCount(of tensor: BoundTensor, _ precision: Precision) -> Int {
        if layout(of: tensor, precision) == .packed { return packedByteCount(tensor) }
        if case .vector = tensor.use { return tensor.rows.count * tensor.columns * MemoryLayout<Float>.stride }
        let scales = tensor.memoryByteCount - tensor.byteCount
        return tensor.rows.count * tensor.rowByteCount + scales
    }

    /// Bytes of the three matrices of `network` in memory.
    public static func byteCount(of network: BoundSwiGLU, _ precision: Precision) -> Int {
        network.parts.reduce(0) { $0 + byteCount(of: $1, precision) }
    }

    private static func packedByteCount(_ tensor: BoundTensor) -> Int {
        WeightMatrix.packedByteCount(tensor.entry.type, rows: tensor.rows.count, columns: tensor.columns) ?? 0
    }

    private func matrix(
        _ tensor: BoundTensor, _ layout: TensorEntry.Layout, in storage: AlignedBuffer, at byteOffset: Int = 0
    ) throws -> WeightMatrix {
        let (type, rows, columns) = (tensor.entry.type, tensor.rows.count, tensor.columns)
        guard layout == .rows else {
            return WeightMatrix(packed: type, rows: rows, columns: columns, storage: storage, byteOffset: byteOffset)
        }
        return WeightMatrix(
            type: type, rows: rows, columns: columns, storage: storage, byteOffset: byteOffset,
            scales: try scales(of: tensor))
    }

    /// The factors of an FP8 matrix's blocks; `nil` if it has none.
    public func scales(of tensor: BoundTensor) throws -> BlockScales? {
        try tensor.scales.map { scales in
            BlockScales(
                values: try floats(of: scales.tensor), blockRows: scales.blockRows, blockColumns: scales.blockColumns,
                columns: tensor.columns)
        }
    }

    /// A vector, turned into F32.
    public func vector(_ tensor: BoundTensor) throws -> WeightVector {
        WeightVector(storage: try floats(of: tensor), count: tensor.columns)
    }

    /// The rows of `tensor` in another layout than the file's, if need be.
    private func rearranged(_ tensor: BoundTensor, to layout: TensorEntry.Layout) throws -> AlignedBuffer {
        let stored = try read(tensor)
        let (type, rows, columns) = (tensor.entry.type, tensor.rows.count, tensor.columns)
        switch (tensor.entry.layout, layout) {
        case (_, .pairs): preconditionFailure("no kernel computes with pairs")
        case (.rows, .rows), (.pairs, .rows), (.packed, .packed): return stored
        case (.rows, .packed), (.pairs, .packed):
            return try AlignedBuffer.create(byteCount: Self.packedByteCount(tensor), alignment: 64) { bytes in
                WeightMatrix.pack(type, rows: rows, columns: columns, from: stored, into: &bytes, at: 0)
            }
        case (.packed, .rows):
            return try AlignedBuffer.create(byteCount: rows * tensor.rowByteCount, alignment: 64) { bytes in
                WeightMatrix.unpack(type, rows: rows, columns: columns, from: stored, into: &bytes)
            }
        }
    }

    private func read(_ tensor: BoundTensor) throws -> AlignedBuffer {
        let buffer = try source.read(tensor)
        count(tensor)
        return buffer
    }

    private func count(_ tensor: BoundTensor) {
        if forgets { source.forget(tensor) }
        let done = counter.add(tensor.byteCount)
        progress?(done, counter.total)
    }

    /// Values of a plain type as F32.
    private func floats(of tensor: BoundTensor) throws -> AlignedBuffer {
        let stored = try read(tensor)
        let type = tensor.entry.type
        if type == .f32 { return stored }
        return try type.floats(stored, count: tensor.rows.count * tensor.columns)
    }
}
