/// What a model's weights need in memory.
extension BoundModel {
    /// Bytes of all weights that stay in memory, the routed experts apart.
    ///
    /// Embeddings with a head beside them are read from the file row by row.
    public var residentByteCount: Int {
        residentTensors.reduce(0) { $0 + ($1.tensor.isReadByRow ? 0 : $1.tensor.memoryByteCount) }
    }

    /// Bytes of the routed experts.
    public var routedByteCount: Int {
        routedExperts.reduce(0) { $0 + $1.experts.reduce(0) { $0 + $1.byteCount } }
    }

    /// Bytes of all weights.
    public var byteCount: Int {
        residentTensors.reduce(routedByteCount) { $0 + $1.tensor.memoryByteCount }
    }
}

extension BoundSwiGLU {
    /// Bytes of the three matrices.
    public var byteCount: Int { parts.reduce(0) { $0 + $1.memoryByteCount } }
}

extension BoundModel {
    /// Calls `body` with every weight and what it does, routed experts last.
    public func forEachWeight(_ body: (BoundTensor, PlacedTensor.Role) -> Void) {
        for placed in residentTensors { body(placed.tensor, placed.role) }
        for layer in routedExperts {
            for expert in layer.experts { for matrix in expert.parts { body(matrix, .routed) } }
        }
    }
}
