import CKernels

/// Operations on single rows: the static ones on the calling thread, the others on several if there are many rows.
extension Compute {
    /// out[t] = weight ⊙ x[t] / sqrt(mean(x[t]²) + epsilon). `out` may be `x`.
    public func rmsNorm(_ x: ActivationView, weight: WeightVector, epsilon: Float, into out: ActivationView) {
        forEachRow(x.rowCount) { row in
            Compute.rmsNorm(x.row(row), weight: weight, epsilon: epsilon, into: out.row(row))
        }
    }

    /// y += x.
    public func add(_ x: ActivationView, to y: ActivationView) {
        forEachRow(x.rowCount) { row in Compute.add(x.row(row), to: y.row(row)) }
    }

    /// out[t] = weight ⊙ x[t] / sqrt(mean(x[t]²) + epsilon). `out` may be `x`.
    public static func rmsNorm(
        _ x: ActivationView, weight: WeightVector, epsilon: Float, into out: ActivationView
    ) {
        precondition(x.width == weight.count && out.width == x.width && out.rowCount == x.rowCount, "shapes differ")
        for t in 0..<x.rowCount {
            unsafe ck_rms_norm(
                x.pointer + t * x.stride, weight.pointer, epsilon, out.pointer + t * out.stride, Int64(x.width))
        }
    }

    /// gate = silu(gate) ⊙ up.
    public static func siluMultiply(_ gate: ActivationView, _ up: ActivationView) {
        precondition(gate.width == up.width && gate.rowCount == up.rowCount, "shapes differ")
        for t in 0..<gate.rowCount {
            unsafe ck_silu_multiply(
                gate.pointer + t * gate.stride, up.pointer + t * up.stride, Int64(gate.width))
        }
    }

    /// y += scale · x.
    public static func add(_ x: ActivationView, scaledBy scale: Float = 1, to y: ActivationView) {
        precondition(x.width == y.width && x.rowCount == y.rowCount, "shapes differ")
        for t in 0..<x.rowCount {
            unsafe ck_add_scaled(
                y.pointer + t * y.stride, x.pointer + t * x.stride, scale, Int64(x.width))
        }
    }

    /// x[t] += bias for every row.
    public static func add(_ bias: WeightVector, to x: ActivationView) {
        precondition(bias.count == x.width, "shapes differ")
        for t in 0..<x.rowCount {
            unsafe ck_add_scaled(x.pointer + t * x.stride, bias.pointer, 1, Int64(x.width))
        }
    }

    /// Copies `x` to `y`.
    public static func copy(_ x: ActivationView, to y: ActivationView) {
        precondition(x.width == y.width && x.rowCount == y.rowCount, "shapes differ")
        for t in 0..<x.rowCount {
            unsafe (y.pointer + t * y.stride).update(from: x.pointer + t * x.stride, count: x.width)
        }
    }

    /// Sets every value to zero.
    public static func clear(_ x: ActivationView) {
        for t in 0..<x.rowCount { unsafe (x.pointer + t * x.stride).update(repeating: 0, count: x.width) }
    }

    /// Which channels a rotary embedding pairs.
    public enum RopeLayout: Sendable, Equatable {
        /// (2j, 2j+1): DeepSeek, and GGUF files of arch `llama`.
        case interleaved
        /// (j, j + d/2): Llama and Qwen2 in Hugging Face files.
        case halves
    }

    /// Rotates every row of `x` in place; `cosine` and `sine` hold width/2 values.
    public static func rope(
        _ x: ActivationView, cosine: Span<Float>, sine: Span<Float>, layout: RopeLayout
    ) {
        precondition(cosine.count * 2 == x.width && sine.count == cosine.count, "table does not fit")
        let pairs = Int64(cosine.count)
        unsafe cosine.withUnsafeBufferPointer { cosine in
            unsafe sine.withUnsafeBufferPointer { sine in
                for t in 0..<x.rowCount {
                    let row = unsafe x.pointer + t * x.stride
                    switch layout {
                    case .interleaved:
                        unsafe ck_rope_interleaved(row, cosine.baseAddress, sine.baseAddress, pairs)
                    case .halves: unsafe ck_rope_halves(row, cosine.baseAddress, sine.baseAddress, pairs)
                    }
                }
            }
        }
    }

    /// Attention: out[i] = softmax(scale · K q[i])ᵀ V over the first `visible[i]` rows, for every query i.
    ///
    /// `keys` and `values` have one row per position, at least as many as any query sees; `scores` is scratch with a
    /// row per query.
    public static func attend(
        queries: ActivationView, keys: CachedRowsView, values: CachedRowsView, visible: [Int], scale: Float,
        scores: ActivationView, into out: ActivationView
    ) {
        let count = visible.max() ?? 0
        precondition(
            queries.width == keys.width && out.width == values.width && scores.width >= count
                && visible.count == queries.rowCount && scores.rowCount == visible.count
                && out.rowCount == visible.count && min(keys.rowCount, values.rowCount) >= count, "shapes differ")
        var keyRows = unsafe keys.descriptor
        var valueRows = unsafe values.descriptor
        let queryCount = Int64(visible.count)
        unsafe ck_scores(
            queries.pointer, Int64(queries.stride), queryCount, &keyRows, Int64(count), Int64(keys.width), scale,
            scores.pointer, Int64(scores.stride))
        for (index, seen) in visible.enumerated() {
            let row = unsafe scores.pointer + index * scores.stride
            unsafe ck_softmax(row, Int64(seen))
            unsafe (row + seen).update(repeating: 0, count: count - seen)
        }
        unsafe ck_weighted_sums(
            scores.pointer, Int64(scores.stride), queryCount, &valueRows, Int64(count), Int64(values.width),
            out.pointer, Int64(out.stride))
    }
}
