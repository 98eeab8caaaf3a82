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

    private init(_ sizes: [TileSize], tokenCount: Int, blockCount: Int, in block: WorkspaceBlock, at offset: Int) {
        self.sizes = sizes
        self.tokenCount = tokenCount
        self.blockCount = blockCount
        storage = block
        unsafe base = block.pointer + offset
    }

    /// Room for several lists of tokens, each of its own number of blocks, in one piece of memory.
    static func allocate(
        _ shapes: [(tokenCount: Int, blockCount: Int)], in workspace: Workspace
    ) -> [TokenTiles] {
        let plans = shapes.map { plan($0.tokenCount) }
        let byteCounts = zip(shapes, plans).map { shape, plan in
            plan.reduce(0) { $0 + $1.size } * shape.blockCount * MemoryLayout<ck_q8_block>.stride
        }
        let block = workspace.take(byteCount: byteCounts.reduce(0, +))
        var offset = 0
        return zip(zip(shapes, plans), byteCounts).map { list, byteCount in
            defer { offset += byteCount }
            return TokenTiles(
                list.1, tokenCount: list.0.tokenCount, blockCount: list.0.blockCount, in: block, at: offset)
        }
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
        let isSingle = indices.map { $0.count == 1 }
        var tiles = allocate(
            zip(indices, isSingle).map { ($1 ? 0 : $0.count, rows.blockCount) }, in: compute.workspace)
        for choice in indices.indices where isSingle[choice] {
            tiles[choice] = TokenTiles(token: Int(indices[choice][0]), of: rows)
        }
        let work = indices.indices.filter { !isSingle[$0] }.flatMap { choice in
            tiles[choice].sizes.indices.map { (choice: choice, tile: $0) }
        }
        let finished = tiles
        compute.pool.run(work.count) { task in
            let (choice, tile) = work[task]
            finished[choice].fill(tile, with: indices[choice], of: rows)
        }
        return tiles
    }

    /// All tokens of `rows`, interleaved by the calling thread.
    static func gatherSerially(_ rows: QuantizedRows, in workspace: Workspace) -> TokenTiles {
        if rows.rowCount == 1 { return TokenTiles(token: 0, of: rows) }
        let tiles = allocate([(rows.rowCount, rows.blockCount)], in: workspace)[0]
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
