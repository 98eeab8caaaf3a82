import Kernels

/// What one generated token costs, from the shapes alone.
public struct TokenWork: Sendable, Equatable {
    /// Bytes of weights that are read.
    public var byteCount = 0
    /// Products of a weight and an activation, the output head's apart.
    public var multiplicationCount = 0
    /// The same of the output head, which only the last token of a prompt passes.
    public var headMultiplicationCount = 0
    /// Bytes by the type they are stored in.
    public var byteCounts: [WeightType: Int] = [:]

    /// The type that most bytes are stored in.
    public var mainType: WeightType? { byteCounts.max { $0.value < $1.value }?.key }
}

extension BoundModel {
    /// The work of one token, without attention over earlier positions.
    public func tokenWork(activeExperts: Int) -> TokenWork {
        var work = TokenWork()
        func add(_ tensors: BoundTensor...) {
            for tensor in tensors {
                work.byteCount += tensor.memoryByteCount
                work.byteCounts[tensor.entry.type, default: 0] += tensor.memoryByteCount
                work.multiplicationCount += tensor.rows.count * tensor.columns
            }
        }
        func add(_ network: BoundSwiGLU) { add(network.gate, network.up, network.down) }
        for layer in layers {
            switch layer.attention {
            case .grouped(let grouped): add(grouped.queries, grouped.keys, grouped.values, grouped.output)
            case .latent(let latent):
                add(latent.compression, latent.output)
                switch latent.queries {
                case .direct(let matrix): add(matrix)
                case .lowRank(let down, _, let up): add(down, up)
                }
                switch latent.expansion {
                case .fused(let matrix): add(matrix)
                case .split(let keys, let values): add(keys, values)
                }
            }
            switch layer.feedForward {
            case .dense(let network): add(network)
            case .mixture(let mixture):
                add(mixture.router)
                if let shared = mixture.shared { add(shared) }
                for expert in mixture.experts.prefix(activeExperts) { add(expert) }
            }
        }
        let head = outputHead ?? embedding
        work.byteCount += head.memoryByteCount
        work.headMultiplicationCount = head.rows.count * head.columns
        return work
    }
}
