import Kernels
import Memory

/// Reads bound tensors into memory that the budget has granted.
public struct WeightLoader: Sendable {
    private let source: ModelSource
    /// Bytes read so far and in all, after every tensor.
    private let progress: (@Sendable (Int, Int) -> Void)?
    private let counter: LoadCounter
    private let precision: Precision

    /// A loader for `source`; `progress` is told the bytes read so far and in all.
    public init(
        _ source: ModelSource, precision: Precision, totalByteCount: Int,
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) {
        self.source = source
        self.precision = precision
        self.progress = progress
        counter = LoadCounter(total: totalByteCount)
    }

    /// The rows of `tensor` as a matrix in the layout that the precision's kernels want.
    public func matrix(_ tensor: BoundTensor) throws -> WeightMatrix { try matrices([tensor])[0] }

    /// The same for several tensors, side by side in one block of memory if all of them have integer kernels.
    public func matrices(_ tensors: [BoundTensor]) throws -> [WeightMatrix] {
        let sizes = tensors.compactMap { packedByteCount($0) }
        guard sizes.count == tensors.count else {
            return try tensors.map { try packedByteCount($0) == nil ? plainMatrix($0) : matrix($0) }
        }
        let offsets = sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        let storage = try AlignedBuffer.create(byteCount: offsets[sizes.count], alignment: 64) { bytes in
            for (tensor, offset) in zip(tensors, offsets) {
                WeightMatrix.pack(
                    tensor.entry.type, rows: tensor.rows.count, columns: tensor.columns, from: try read(tensor),
                    into: &bytes, at: offset)
            }
        }
        return zip(tensors, offsets).map { tensor, offset in
            WeightMatrix(
                packed: tensor.entry.type, rows: tensor.rows.count, columns: tensor.columns, storage: storage,
                byteOffset: offset)
        }
    }

    /// Bytes in the integer kernels' layout, or `nil` if the tensor stays as it is. Whole cache lines.
    private func packedByteCount(_ tensor: BoundTensor) -> Int? {
        guard precision == .int8, tensor.scales == nil else { return nil }
        return WeightMatrix.packedByteCount(tensor.entry.type, rows: tensor.rows.count, columns: tensor.columns)
            .map { ($0 + 63) / 64 * 64 }
    }

    /// The same for a matrix of which the kernels use `rowCount` rows at a time.
    public func matrix(_ tensor: BoundTensor, takenApartEvery rowCount: Int) throws -> WeightMatrix {
        rowCount % WeightMatrix.packedGroupSize == 0 ? try matrix(tensor) : try plainMatrix(tensor)
    }

    /// The rows of `tensor` as they are stored, for matrices that are taken apart or always computed in F32.
    public func plainMatrix(_ tensor: BoundTensor) throws -> WeightMatrix {
        let storage = try read(tensor)
        return WeightMatrix(
            type: tensor.entry.type, rows: tensor.rows.count, columns: tensor.columns, storage: storage,
            scales: try tensor.scales.map { scales in
                BlockScales(
                    values: try floats(of: scales.entry), blockRows: scales.blockRows,
                    blockColumns: scales.blockColumns, columns: tensor.columns)
            })
    }

    /// A vector, turned into F32.
    public func vector(_ tensor: BoundTensor) throws -> WeightVector {
        WeightVector(storage: try floats(of: tensor.entry), count: tensor.columns)
    }

    private func read(_ tensor: BoundTensor) throws -> AlignedBuffer {
        let buffer = try AlignedBuffer.create(byteCount: tensor.byteCount, alignment: 64) { bytes in
            try source.read(tensor, into: &bytes)
        }
        let done = counter.add(tensor.byteCount)
        progress?(done, counter.total)
        return buffer
    }

    /// A whole tensor of a plain type as F32.
    private func floats(of entry: TensorEntry) throws -> AlignedBuffer {
        let rows = entry.shape.dropLast().reduce(1, *)
        let stored = try read(BoundTensor(entry: entry, rows: 0..<rows, columns: entry.shape[entry.shape.count - 1]))
        if entry.type == .f32 { return stored }
        let count = entry.shape.reduce(1, *)
        return try AlignedBuffer.create(byteCount: count * MemoryLayout<Float>.stride, alignment: 64) { bytes in
            var values = [Float](repeating: 0, count: count)
            stored.withBytes { entry.type.dequantize($0, into: &values) }
            for (index, value) in values.enumerated() {
                bytes.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
            }
        }
    }
}
