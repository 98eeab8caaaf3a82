import CKernels

/// Rows of a cache, one per position: F32 for the reference, F16 for everyday use.
@safe public final class CachedRows: @unchecked Sendable {
    // Sendable: the engine thread writes new rows before the tasks of a fork/join read them (WorkerPool).
    /// How values are stored.
    public enum Element: Sendable {
        case f32
        case f16

        /// Bytes of one value.
        public var byteCount: Int { self == .f32 ? 4 : 2 }
    }

    private let base: UnsafeMutableRawPointer
    private let element: Element
    /// Rows there is room for.
    public let capacity: Int
    /// Values per row.
    public let width: Int

    /// Room for `capacity` rows.
    public init(capacity: Int, width: Int, element: Element) {
        precondition(capacity >= 0 && width > 0, "negative shape")
        self.capacity = capacity
        self.width = width
        self.element = element
        unsafe base = .allocate(byteCount: max(1, capacity * width * element.byteCount), alignment: 64)
    }

    deinit { unsafe base.deallocate() }

    /// Stores the rows of `x` from row `first` on, rounded if need be.
    public func store(_ x: ActivationView, at first: Int) {
        precondition(x.width == width && first >= 0 && first + x.rowCount <= capacity, "rows do not fit")
        for index in 0..<x.rowCount {
            let source = unsafe x.pointer + index * x.stride
            let target = unsafe base + (first + index) * width * element.byteCount
            switch element {
            case .f32: unsafe target.copyMemory(from: source, byteCount: width * element.byteCount)
            case .f16: unsafe ck_round_to_half(source, target.assumingMemoryBound(to: UInt16.self), Int64(width))
            }
        }
    }

    /// Copies the first `count` rows of `other`, which has the same shape and element.
    public func copyRows(_ count: Int, of other: CachedRows) {
        precondition(
            other.width == width && other.element == element && count <= min(capacity, other.capacity),
            "rows do not fit")
        unsafe base.copyMemory(from: other.base, byteCount: count * width * element.byteCount)
    }

    /// Bytes of the first `count` rows.
    public func byteCount(_ count: Int) -> Int { count * width * element.byteCount }

    /// Calls `body` with the bytes of the first `count` rows.
    public func withBytes<Result, Failure: Error>(
        _ count: Int, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(count <= capacity, "no such rows")
        let buffer = unsafe UnsafeRawBufferPointer(start: base, count: byteCount(count))
        return try body(unsafe RawSpan(_unsafeBytes: buffer))
    }

    /// Lets `fill` write the bytes of the first `count` rows, as `withBytes` gave them.
    public func fill<Failure: Error>(
        _ count: Int, _ fill: (inout MutableRawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(count <= capacity, "no such rows")
        var span = unsafe MutableRawSpan(
            _unsafeBytes: UnsafeMutableRawBufferPointer(start: base, count: byteCount(count)))
        try fill(&span)
    }

    /// Some columns of the first `count` rows.
    public func rows(_ count: Int, columns: Range<Int>? = nil) -> CachedRowsView {
        let columns = columns ?? 0..<width
        precondition(count <= capacity && columns.lowerBound >= 0 && columns.upperBound <= width, "no such rows")
        return CachedRowsView(self, rowCount: count, columns: columns)
    }

    fileprivate func descriptor(column: Int) -> ck_rows {
        unsafe ck_rows(
            data: base + column * element.byteCount, stride: Int64(width),
            type: (element == .f32 ? CK_F32 : CK_F16).rawValue)
    }
}

/// The first rows of a cache, some columns of them.
public struct CachedRowsView: Sendable {
    private let rows: CachedRows
    private let firstColumn: Int
    /// Number of rows.
    public let rowCount: Int
    /// Values per row.
    public let width: Int

    fileprivate init(_ rows: CachedRows, rowCount: Int, columns: Range<Int>) {
        self.rows = rows
        self.rowCount = rowCount
        firstColumn = columns.lowerBound
        width = columns.count
    }

    /// The rows as the kernels see them. Valid while the cache lives.
    var descriptor: ck_rows { unsafe rows.descriptor(column: firstColumn) }
}
