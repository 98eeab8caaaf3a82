/// A matrix of F32 activations, one row per token.
@safe public final class Activations: @unchecked Sendable {
    // Sendable: the tasks of one fork/join write disjoint parts and the engine thread waits for them (WorkerPool).
    let base: UnsafeMutablePointer<Float>
    private let block: WorkspaceBlock
    /// Number of rows.
    public let rowCount: Int
    /// Values per row.
    public let width: Int

    /// A matrix in `workspace` with arbitrary contents: the caller writes every value.
    public init(rowCount: Int, width: Int, in workspace: Workspace) {
        precondition(rowCount >= 0 && width >= 0, "negative shape")
        self.rowCount = rowCount
        self.width = width
        let count = max(rowCount * width, 1)
        block = workspace.take(byteCount: count * MemoryLayout<Float>.stride)
        unsafe base = block.pointer.bindMemory(to: Float.self, capacity: count)
    }

    /// `rowCount` × `width` zeros.
    public convenience init(rowCount: Int, width: Int) {
        self.init(rowCount: rowCount, width: width, in: Workspace())
        unsafe base.initialize(repeating: 0, count: rowCount * width)
    }

    /// The value at `column` of `row`.
    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rowCount && column >= 0 && column < width, "out of bounds")
            return unsafe base[row * width + column]
        }
        set {
            precondition(row >= 0 && row < rowCount && column >= 0 && column < width, "out of bounds")
            unsafe base[row * width + column] = newValue
        }
    }

    /// All rows and columns.
    public var view: ActivationView { ActivationView(self, rows: 0..<rowCount, columns: 0..<width) }

    /// The first `count` rows.
    public func rows(_ range: Range<Int>) -> ActivationView { ActivationView(self, rows: range, columns: 0..<width) }

    /// One row.
    public func row(_ index: Int) -> ActivationView { rows(index..<index + 1) }

    /// A copy of one row.
    public func values(row: Int) -> [Float] { rows(row..<row + 1).values }
}

/// A rectangle of an activation matrix: some rows, some columns.
public struct ActivationView: Sendable {
    let buffer: Activations
    private let offset: Int
    /// Number of rows.
    public let rowCount: Int
    /// Values per row.
    public let width: Int

    init(_ buffer: Activations, rows: Range<Int>, columns: Range<Int>) {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= buffer.rowCount && columns.lowerBound >= 0
                && columns.upperBound <= buffer.width, "view exceeds its activations")
        self.buffer = buffer
        offset = rows.lowerBound * buffer.width + columns.lowerBound
        rowCount = rows.count
        width = columns.count
    }

    /// Floats between the starts of two rows.
    var stride: Int { buffer.width }

    /// The first value.
    var pointer: UnsafeMutablePointer<Float> { unsafe buffer.base + offset }

    /// Row `index` of the view.
    public func row(_ index: Int) -> ActivationView { rows(index..<index + 1) }

    /// Some rows of the view.
    public func rows(_ range: Range<Int>) -> ActivationView {
        let first = offset / stride
        let column = offset % stride
        precondition(range.lowerBound >= 0 && range.upperBound <= rowCount, "rows out of the view")
        return ActivationView(
            buffer, rows: first + range.lowerBound..<first + range.upperBound, columns: column..<column + width)
    }

    /// Some columns of the view.
    public func columns(_ range: Range<Int>) -> ActivationView {
        let first = offset / stride
        let column = offset % stride
        precondition(range.lowerBound >= 0 && range.upperBound <= width, "columns out of the view")
        return ActivationView(
            buffer, rows: first..<first + rowCount, columns: column + range.lowerBound..<column + range.upperBound)
    }

    /// A copy of the values, row by row.
    public var values: [Float] {
        var copy: [Float] = []
        copy.reserveCapacity(rowCount * width)
        for row in 0..<rowCount {
            unsafe copy.append(contentsOf: UnsafeBufferPointer(start: pointer + row * stride, count: width))
        }
        return copy
    }
}
