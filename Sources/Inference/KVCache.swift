import Checkpoint
import Kernels
import Memory

/// What attention remembers of the tokens seen: one row per position and layer.
///
/// Latent attention stores the normalized latent and the rotated shared key; grouped-query attention all rotated
/// keys, then all values. Rows grow on demand inside the memory budget. Used by one thread at a time.
public final class KVCache {
    private var layers: [CachedRows]
    private var reservation: MemoryReservation?
    private let budget: MemoryBudget
    private let width: Int
    private let element: CachedRows.Element
    /// Bytes of scores that all threads together need for a position.
    private let scoresPerPosition: Int
    /// Positions stored.
    public private(set) var count = 0
    /// Positions that may be stored at most.
    public let contextLength: Int
    /// Called when the budget has no room to grow: whether something was let go, so that it is worth another try.
    var makesRoom: () -> Bool = { false }

    /// Positions that a cache has room for at first.
    static let firstCapacity = 256

    init(
        layerCount: Int, width: Int, element: CachedRows.Element, threadCount: Int, contextLength: Int,
        budget: MemoryBudget
    ) {
        layers = (0..<layerCount).map { _ in CachedRows(capacity: 0, width: width, element: element) }
        self.width = width
        self.element = element
        scoresPerPosition = Self.scoresPerPosition(threadCount: threadCount)
        self.contextLength = contextLength
        self.budget = budget
    }

    /// Bytes of `positions` positions; old and new rows of one layer exist side by side while they are copied.
    private static func byteCount(
        _ positions: Int, growingFrom capacity: Int, layerCount: Int, rowByteCount: Int, scoresPerPosition: Int
    ) -> Int {
        (positions * layerCount + capacity) * rowByteCount + positions * scoresPerPosition
    }

    private static func scoresPerPosition(threadCount: Int) -> Int {
        threadCount * LatentAttention.queriesPerTask * MemoryLayout<Float>.stride
    }

    /// The most bytes that a cache of `positions` positions takes while it grows.
    static func byteCount(
        positions: Int, of configuration: ModelConfiguration, _ precision: Precision, threadCount: Int
    ) -> Int {
        byteCount(
            positions, growingFrom: positions / 2, layerCount: configuration.numHiddenLayers,
            rowByteCount: configuration.cachedWidth * precision.cachedElement.byteCount,
            scoresPerPosition: scoresPerPosition(threadCount: threadCount))
    }

    /// Makes room for `additional` more positions.
    func grow(by additional: Int) throws(MemoryError) {
        let needed = count + additional
        let capacity = layers.first?.capacity ?? 0
        guard needed > capacity else { return }
        let larger = max(min(max(2 * capacity, Self.firstCapacity), contextLength), needed)
        let byteCount = Self.byteCount(
            larger, growingFrom: capacity, layerCount: layers.count, rowByteCount: width * element.byteCount,
            scoresPerPosition: scoresPerPosition)
        let before = reservation.map(\.byteCount) ?? 0
        reservation = nil
        do throws(MemoryError) {
            reservation = try reserve(byteCount)
        } catch {
            // What is there stays, and stays counted.
            reservation = try? budget.reserve(before, for: .cache)
            throw error
        }
        for index in layers.indices {
            let grown = CachedRows(capacity: larger, width: width, element: element)
            grown.copyRows(count, of: layers[index])
            layers[index] = grown
        }
    }

    private func reserve(_ byteCount: Int) throws(MemoryError) -> MemoryReservation {
        while true {
            do throws(MemoryError) {
                return try budget.reserve(byteCount, for: .cache)
            } catch {
                guard makesRoom() else { throw error }
            }
        }
    }

    /// Forgets all positions from `count` on.
    func truncate(to count: Int) {
        precondition(count <= self.count, "positions that were never stored")
        self.count = count
    }

    /// Takes the first `count` positions of `other`, a cache of the same model, into this empty one.
    func copy(_ count: Int, of other: KVCache) throws(MemoryError) {
        precondition(self.count == 0 && count <= other.count && count <= contextLength, "positions do not fit")
        try grow(by: count)
        for index in layers.indices { layers[index].copyRows(count, of: other.layers[index]) }
        self.count = count
    }

    /// Calls `body` with the bytes of each layer's rows, in order.
    func forEachLayer(_ body: (RawSpan) throws -> Void) rethrows {
        for rows in layers { try rows.withBytes(count, body) }
    }

    /// Lets `fill` write the bytes of `count` positions of each layer, in order, as `forEachLayer` gave them, into this
    /// empty cache; it stays empty if that throws.
    func restore(_ count: Int, _ fill: (inout MutableRawSpan) throws -> Void) throws {
        precondition(self.count == 0 && count <= contextLength, "positions do not fit")
        try grow(by: count)
        for rows in layers { try rows.fill(count, fill) }
        self.count = count
    }

    /// What the bytes of a position mean: caches of one shape may exchange them.
    var shape: String { "\(layers.count) \(width) \(element.byteCount)" }

    /// The rows of `layer`, which `grow` made room for.
    func rows(layer: Int) -> CachedRows { layers[layer] }

    /// Declares `additional` rows of every layer as written.
    func commit(_ additional: Int) { count += additional }
}

extension ModelConfiguration {
    /// Values that attention keeps per position and layer.
    var cachedWidth: Int {
        switch attention {
        case .latent(let latent): latent.cacheWidth
        case .grouped(let grouped): 2 * grouped.numKeyValueHeads * grouped.headDim
        }
    }
}

extension Precision {
    /// How cached rows are stored.
    var cachedElement: CachedRows.Element { self == .f32 ? .f32 : .f16 }
}
