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
        reservation = nil
        reservation = try budget.reserve(byteCount, for: .cache)
        for index in layers.indices {
            let grown = CachedRows(capacity: larger, width: width, element: element)
            grown.copyRows(count, of: layers[index])
            layers[index] = grown
        }
    }

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
