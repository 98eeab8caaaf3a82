import CKernels

/// Tokens as the packed kernels take them: tiles of up to sixteen, interleaved block by block.
@safe final class TokenTiles: @unchecked Sendable {
    // Sendable: the tasks of one fork/join write disjoint parts and the engine thread waits for them (WorkerPool).
    private let storage: AnyObject
    private let base: UnsafeMutableRawPointer
    private let sizes: [TileSize]
    private let blockCount: Int
    /// Number of tokens in all tiles.
    let tokenCount: Int

    /// A tile and how many of its tokens there are.
    struct TileSize {
        let size: Int
        let count: Int
        /// Index of the first token among all.
        let first: Int
    }

    /// Room for `tokenCount` tokens of `blockCount` blocks.
    init(tokenCount: Int, blockCount: Int, in workspace: Workspace) {
        self.tokenCount = tokenCount
        self.blockCount = blockCount
        sizes = Self.plan(tokenCount)
        let padded = sizes.reduce(0) { $0 + $1.size }
        let block = workspace.take(byteCount: padded * blockCount * MemoryLayout<ck_q8_block>.stride)
        storage = block
        unsafe base = block.pointer
    }

    /// A single token, which is a tile as it is.
    private init(token: Int, of rows: QuantizedRows) {
        tokenCount = 1
        blockCount = rows.blockCount
        sizes = Self.plan(1)
        storage = rows
        unsafe base = UnsafeMutableRawPointer(rows.pointer + token * rows.blockCount)
    }

    /// The tokens `indices` of `rows` (all if `nil`), interleaved by the pool's threads.
    static func gather(_ indices: [Int32]?, of rows: QuantizedRows, _ compute: Compute) -> TokenTiles {
        gather([indices], of: rows, compute)[0]
    }

    /// The same for several choices of tokens in one fork/join.
    static func gather(_ choices: [[Int32]?], of rows: QuantizedRows, _ compute: Compute) -> [TokenTiles] {
        let indices = choices.map { $0 ?? (0..<Int32(rows.rowCount)).map { $0 } }
        var work: [(choice: Int, tile: Int)] = []
        let tiles = indices.enumerated().map { choice, indices in
            if indices.count == 1 { return TokenTiles(token: Int(indices[0]), of: rows) }
            let tiles = TokenTiles(
                tokenCount: indices.count, blockCount: rows.blockCount, in: compute.workspace)
            work += tiles.sizes.indices.map { (choice, $0) }
            return tiles
        }
        let (finished, list) = (tiles, work)
        compute.pool.run(list.count) { task in
            let (choice, tile) = list[task]
            finished[choice].fill(tile, with: indices[choice], of: rows)
        }
        return tiles
    }

    /// All tokens of `rows`, interleaved by the calling thread.
    static func gatherSerially(_ rows: QuantizedRows, in workspace: Workspace) -> TokenTiles {
        if rows.rowCount == 1 { return TokenTiles(token: 0, of: rows) }
        let tiles = TokenTiles(tokenCount: rows.rowCount, blockCount: rows.blockCount, in: workspace)
        let tokens = (0..<Int32(rows.rowCount)).map { $0 }
        for index in tiles.sizes.indices { tiles.fill(index, with: tokens, of: rows) }
        return tiles
    }

    /// Interleaves the tokens of tile `index`, which are among `tokens` of `rows`.
    private func fill(_ index: Int, with tokens: [Int32], of rows: QuantizedRows) {
        let tile = sizes[index]
        unsafe tokens.withUnsafeBufferPointer { tokens in
            guard let first = tokens.baseAddress else { return }
            unsafe ck_make_tile(
                rows.pointer, Int64(blockCount), first + tile.first, Int32(tile.count), Int32(tile.size),
                pointer(of: index))
        }
    }

    private func pointer(of index: Int) -> UnsafeMutableRawPointer {
        // Only the last tile may be padded, so that tokens and places are the same.
        unsafe base + sizes[index].first * blockCount * MemoryLayout<ck_q8_block>.stride
    }

    /// The tiles as the kernels see them, with results in the order of the tokens. Valid while the object lives.
    func descriptors() -> [ck_tile] {
        unsafe sizes.indices.map { index in
            let tile = sizes[index]
            return unsafe ck_tile(
                blocks: pointer(of: index), size: Int32(tile.size), count: Int32(tile.count),
                first: Int64(tile.first))
        }
    }

    /// Where each tile's blocks are written.
    func pointers() -> [UnsafeMutableRawPointer?] {
        unsafe sizes.indices.map { unsafe pointer(of: $0) }
    }

    /// Cuts `count` tokens into tiles. An incomplete tile is padded where that is less work than smaller ones.
    static func plan(_ count: Int) -> [TileSize] {
        var plan: [TileSize] = []
        var first = 0
        while first < count {
            let rest = count - first
            let size =
                switch rest {
                case 13...: 16
                case 7...: 8
                case 3...: 4
                default: rest
                }
            plan.append(TileSize(size: size, count: min(size, rest), first: first))
            first += size
        }
        return plan
    }
}
