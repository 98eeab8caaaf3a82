import CKernels
import Synchronization

/// Runs kernels on a pool of threads. Shapes are the caller's duty: a mismatch is a programming error and traps.
///
/// Every sum has an order that depends neither on the number of threads nor on the tokens computed together.
public struct Compute: Sendable {
    /// The threads.
    public let pool: WorkerPool
    /// Where intermediate results live.
    public let workspace: Workspace

    /// Computes on `threadCount` threads, the calling one included, with intermediate results in `workspace`.
    public init(threadCount: Int, workspace: Workspace = Workspace()) {
        pool = WorkerPool(threadCount: threadCount)
        self.workspace = workspace
    }

    /// A matrix of intermediate results with arbitrary contents.
    public func activations(rowCount: Int, width: Int) -> Activations {
        Activations(rowCount: rowCount, width: width, in: workspace)
    }

    /// Rows of a plain matrix that a task takes at least, so that a fork/join pays.
    private static let rowGrain = 16
    /// Tokens that a task takes at least in work on single rows.
    private static let tokenGrain = 4

    /// Calls `body` for every row index below `count`, on several threads if there are many.
    public func forEachRow(_ count: Int, _ body: @Sendable (Int) -> Void) {
        if count < 2 * Self.tokenGrain {
            for row in 0..<count { body(row) }
        } else {
            pool.forEachRange(count, grain: Self.tokenGrain) { range in for row in range { body(row) } }
        }
    }

    /// The values of `body` for every row index below `count`, computed on several threads if there are many.
    public func map<Value: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Value) -> [Value] {
        if count < 2 * Self.tokenGrain { return (0..<count).map { body($0) } }
        let parts = pool.threadCount
        let results = Mutex([[Value]](repeating: [], count: parts))
        pool.run(parts) { part in
            let values = (count * part / parts..<count * (part + 1) / parts).map { body($0) }
            results.withLock { $0[part] = values }
        }
        return results.withLock { $0.flatMap { $0 } }
    }

    /// y[t] = W x[t] for every row t of `x`.
    public func multiply(_ weights: WeightMatrix, _ x: ActivationView, into y: ActivationView) {
        multiply([(weights, y)], MatrixInput(x))
    }

    /// The same for several matrices that share an input.
    public func multiply(_ products: [(weights: WeightMatrix, output: ActivationView)], _ input: MatrixInput) {
        let x = input.view
        var packed: [(PackedMatrix, ActivationView)] = []
        for (weights, y) in products {
            precondition(
                x.width == weights.columns && y.width == weights.rows && x.rowCount == y.rowCount,
                "shapes do not multiply")
            if let matrix = weights.packed { packed.append((matrix, y)) } else { multiplyPlain(weights, x, into: y) }
        }
        if !packed.isEmpty { multiplyPacked(packed, input.tiles(self)) }
    }

    private func multiplyPlain(_ weights: WeightMatrix, _ x: ActivationView, into y: ActivationView) {
        pool.forEachRange(weights.rows, grain: Self.rowGrain) { range in
            Compute.multiplyRows(range, of: weights, x, into: y)
        }
    }

    private func multiplyPacked(_ products: [(matrix: PackedMatrix, output: ActivationView)], _ tiles: TokenTiles) {
        forEachPart(of: products.map(\.matrix.groupCount), tokenCount: tiles.tokenCount) { index, groups in
            let product = products[index]
            Compute.multiplyGroups(groups, of: product.matrix, tiles, into: product.output)
        }
    }

    /// Cuts lists of `counts` units into parts, one list after the other, and runs them.
    func forEachPart(of counts: [Int], tokenCount: Int, _ body: @Sendable (_ list: Int, _ range: Range<Int>) -> Void) {
        let total = counts.reduce(0, +)
        // In prefill a unit is work enough for a task of its own.
        let bounds = tokenCount > 1 ? Array(0...total) : Self.shrinkingParts(of: total, threadCount: pool.threadCount)
        pool.run(bounds.count - 1) { part in
            var (begin, end) = (bounds[part], bounds[part + 1])
            for (list, count) in counts.enumerated() where end > 0 {
                if begin < count && begin < end { body(list, begin..<min(end, count)) }
                begin = max(0, begin - count)
                end -= count
            }
        }
    }

    /// Bounds of parts that get smaller and smaller: long runs of memory first, for every run begins with a wait, and
    /// short ones last, so that all threads end together.
    static func shrinkingParts(of total: Int, threadCount: Int) -> [Int] {
        var bounds = [0]
        var begin = 0
        while begin < total {
            begin += max(1, (total - begin) / (2 * threadCount))
            bounds.append(begin)
        }
        return bounds
    }

    /// The rows of `groups` for all tokens of `tiles`; column 0 of `y` is the matrix's row `firstRow`.
    static func multiplyGroups(
        _ groups: Range<Int>, of packed: PackedMatrix, _ tiles: TokenTiles, into y: ActivationView, firstRow: Int = 0
    ) {
        var matrix = unsafe packed.descriptor
        let list = unsafe tiles.descriptors()
        unsafe ck_multiply_packed(
            &matrix, list, Int64(list.count), y.pointer - firstRow, Int64(y.stride), Int64(groups.lowerBound),
            Int64(groups.upperBound))
    }

    /// y[t] = W[rows] x[t] on the calling thread only, for use inside a task.
    public func multiplySerially(
        _ weights: WeightMatrix, rows range: Range<Int>, _ x: ActivationView, into y: ActivationView
    ) {
        precondition(
            x.width == weights.columns && y.width == range.count && x.rowCount == y.rowCount, "shapes do not multiply")
        guard let packed = weights.packed else {
            return Compute.multiplyRows(0..<range.count, of: weights.rows(range), x, into: y)
        }
        let size = PackedMatrix.groupSize
        precondition(range.lowerBound % size == 0 && range.count % size == 0, "packed rows go in groups")
        let rows = QuantizedRows(rowCount: x.rowCount, width: x.width, in: workspace)
        for row in 0..<x.rowCount { rows.quantize(x.row(row), asRow: row) }
        let tiles = TokenTiles.gatherSerially(rows, in: workspace)
        Compute.multiplyGroups(
            range.lowerBound / size..<range.upperBound / size, of: packed, tiles, into: y, firstRow: range.lowerBound)
    }

    private static func multiplyRows(
        _ range: Range<Int>, of weights: WeightMatrix, _ x: ActivationView, into y: ActivationView
    ) {
        var descriptor = unsafe weights.descriptor
        let scratchCount = Int(CK_SCRATCH_ROWS) * weights.columns
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: scratchCount) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            unsafe ck_multiply_rows(
                &descriptor, x.pointer, Int64(x.rowCount), Int64(x.stride), y.pointer, Int64(y.stride),
                Int64(range.lowerBound), Int64(range.upperBound), scratch)
        }
    }

    /// y[t] = Wᵀ x[t] for every row t of `x`, on the calling thread only.
    public static func multiplyTransposedSerially(
        _ weights: WeightMatrix, _ x: ActivationView, into y: ActivationView
    ) {
        precondition(
            x.width == weights.rows && y.width == weights.columns && x.rowCount == y.rowCount, "shapes do not multiply")
        var descriptor = unsafe weights.descriptor
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: weights.columns) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            unsafe ck_multiply_transposed(
                &descriptor, x.pointer, Int64(x.rowCount), Int64(x.stride), y.pointer, Int64(y.stride), scratch)
        }
    }

    /// Copies one row of `weights` (an embedding) into `out`.
    public static func copyRow(_ row: Int, of weights: WeightMatrix, into out: ActivationView) {
        precondition(row >= 0 && row < weights.rows && out.width == weights.columns, "no such row")
        if let packed = weights.packed { return unsafe packed.copyRow(row, into: out.pointer) }
        var descriptor = unsafe weights.descriptor
        unsafe ck_row(&descriptor, Int64(row), out.pointer)
    }
}
