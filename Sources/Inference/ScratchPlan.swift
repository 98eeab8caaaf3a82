import Checkpoint

/// How much memory intermediate results need at most, from the shapes alone.
struct ScratchPlan: Sendable {
    let configuration: ModelConfiguration
    let threadCount: Int

    /// Rows of logits that there is room for: one for every answer that is generated at a time.
    static let logitsRowCount = EngineOptions.sessionLimits.upperBound

    /// Chunks that are tried, largest first.
    private static let chunks = [512, 256, 128, 64, 32, 16]
    /// Room for blocks too small to count one by one.
    private static let smallBlocks = 1 << 20
    /// A quantized value with its share of the block's scale and sums, once in rows and once in tiles.
    private static let quantized = 3
    private static let float = MemoryLayout<Float>.stride
    /// Tokens that incomplete tiles are padded with, at most, per expert.
    private static let padding = 3

    /// The largest chunk that takes no more than `byteCount`, with its bytes; the smallest if none does.
    func largestChunk(within byteCount: Int) -> (tokens: Int, byteCount: Int) {
        let fitting = Self.chunks.first { self.byteCount(chunk: $0) <= byteCount }
        let tokens = fitting ?? Self.chunks[Self.chunks.count - 1]
        return (tokens, self.byteCount(chunk: tokens))
    }

    /// Bytes for chunks of up to `tokens` tokens. Blocks come in powers of two, so each may take twice its size.
    func byteCount(chunk tokens: Int) -> Int {
        let hidden = configuration.hiddenSize
        let common = tokens * hidden * (4 * Self.float + Self.quantized)
        let head = Self.logitsRowCount * (configuration.vocabSize + hidden) * Self.float
        return 2 * (common + attention(tokens) + feedForward(tokens) + head) + Self.smallBlocks
    }

    private func attention(_ tokens: Int) -> Int {
        let heads = configuration.numAttentionHeads
        switch configuration.attention {
        case .latent(let latent):
            let queries = heads * (latent.qkNopeHeadDim + latent.qkRopeHeadDim) * Self.float
            let lowRank = (latent.qLoraRank ?? 0) * (Self.float + Self.quantized)
            let outputs = heads * latent.vHeadDim * (Self.float + Self.quantized)
            let perTask = LatentAttention.queriesPerTask * (latent.cacheWidth + latent.kvLoraRank) * 2 * Self.float
            return tokens * (queries + lowRank + latent.cacheWidth * Self.float + outputs) + threadCount * perTask
        case .grouped(let grouped):
            let queries = heads * grouped.headDim * (2 * Self.float + Self.quantized)
            return tokens * (queries + 2 * grouped.numKeyValueHeads * grouped.headDim * Self.float)
        }
    }

    private func feedForward(_ tokens: Int) -> Int {
        let hidden = configuration.hiddenSize
        // Gate and up of one network in F32, or its quantized product: the former is more.
        let dense = tokens * (2 * configuration.intermediateSize * Self.float + hidden * Self.float)
        guard let experts = configuration.experts else { return dense }
        let outputs = tokens * experts.numExpertsPerTok
        let padded = outputs + Self.padding * min(experts.nRoutedExperts, outputs)
        let shared = experts.nSharedExperts * experts.moeIntermediateSize
        return max(dense, tokens * 2 * shared * Self.float)
            + tokens * experts.nRoutedExperts * Self.float + outputs * hidden * Self.float
            + padded * (hidden + experts.moeIntermediateSize) * Self.quantized
            + tokens * shared * Self.quantized
    }
}
