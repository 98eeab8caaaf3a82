import Checkpoint
import Kernels

/// Which formats the tensors of a model are imported in.
public struct ImportTypes: Sendable {
    /// Formats that were asked for, by what a tensor does.
    private var chosen: [PlacedTensor.Role: WeightType] = [:]
    private var kept: Set<PlacedTensor.Role> = []
    /// The format for what every token passes, where nothing was asked for.
    private(set) var residentType = WeightType.q8_0

    /// Bytes above which what every token passes is quantized to 4 bits by default: a board needs the rest of its
    /// memory for experts.
    private static let comfortableByteCount = 4 << 30

    /// The default formats: blocks that have integer kernels are carried over, the rest is quantized.
    public init() {}

    /// Asks for a format for all tensors of a role.
    public mutating func choose(_ type: WeightType, for role: PlacedTensor.Role) { chosen[role] = type }

    /// Asks for all tensors of a role as they are stored.
    public mutating func keep(_ role: PlacedTensor.Role) { kept.insert(role) }

    /// Chooses the default for what every token passes of `model`: 8 bits if that leaves half of the memory to experts.
    mutating func chooseResidentType(_ model: BoundModel, memory: Int?) {
        let values = model.residentTensors.reduce(0) { sum, placed in
            placed.tensor.isReadByRow ? sum : sum + placed.tensor.rows.count * placed.tensor.columns
        }
        let byteCount = values / WeightType.q8_0.blockLength * WeightType.q8_0.blockByteCount
        residentType = byteCount <= memory.map { $0 / 2 } ?? Self.comfortableByteCount ? .q8_0 : .q4_0
    }

    /// The format for `tensor`, whose rows hold whole blocks of it.
    func target(_ tensor: BoundTensor, _ role: PlacedTensor.Role) -> WeightType {
        let source = tensor.entry.type
        if role == .norm || role == .router {
            // Exact, and what they are computed in.
            return source.isPlain ? .f32 : source
        }
        if kept.contains(role) { return source }
        guard let type = chosen[role] ?? standard(source, role, tensor.columns) else { return source }
        // A row that is no whole number of blocks stays plain.
        return type.rowByteCount(columns: tensor.columns) == nil ? (source.isPlain ? source : .f16) : type
    }

    /// The format for what nothing was asked for; `nil` to keep it.
    private func standard(_ source: WeightType, _ role: PlacedTensor.Role, _ columns: Int) -> WeightType? {
        if WeightMatrix.packedByteCount(source, rows: 1, columns: columns) != nil { return nil }
        switch source {
        // Nearest relatives with kernels: about the same bits, codes of the same kind.
        case .iq4XS: return .iq4NL
        case .q5_1, .q5K: return .q5_0
        default:
            switch role {
            case .routed: return .q4_0
            // Few bytes are read of them, or every error in them reaches every token.
            case .embedding, .head: return .q8_0
            default: return residentType
            }
        }
    }
}

extension WeightType {
    /// Whether every value stands for itself.
    var isPlain: Bool { blockLength == 1 && self != .f8E4M3 }
}
