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
    /// Bytes of routed experts among `byteCount`.
    public var routedByteCount = 0

    /// The type that most bytes are stored in.
    public var mainType: WeightType? { byteCounts.max { $0.value < $1.value }?.key }

    fileprivate mutating func add(_ tensor: BoundTensor) {
        byteCount += tensor.memoryByteCount
        byteCounts[tensor.entry.type, default: 0] += tensor.memoryByteCount
        multiplicationCount += tensor.rows.count * tensor.columns
    }
}

extension BoundModel {
    /// The work of one token, without attention over earlier positions.
    public func tokenWork(activeExperts: Int) -> TokenWork {
        var work = TokenWork()
        for placed in residentTensors {
            switch placed.role {
            case .attention, .dense, .shared, .router: work.add(placed.tensor)
            case .embedding, .head, .norm, .routed: break
            }
        }
        for layer in routedExperts {
            for expert in layer.experts.prefix(activeExperts) {
                for matrix in expert.parts { work.add(matrix) }
                work.routedByteCount += expert.byteCount
            }
        }
        let head = outputHead ?? embedding
        work.byteCount += head.memoryByteCount
        work.headMultiplicationCount = head.rows.count * head.columns
        return work
    }
}
