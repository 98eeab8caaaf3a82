import Checkpoint
import Kernels
import Memory

/// Where the matrices of one routed expert lie in the files and how they lie in a slot.
struct ExpertRecord: Sendable {
    let key: ExpertKey
    /// Gate, up, down.
    let record: SlotRecord

    /// The record of `network` for kernels of `precision`; `scales` belong to gate, up and down.
    init(_ key: ExpertKey, _ network: BoundSwiGLU, _ precision: Precision, scales: [BlockScales?]) {
        self.key = key
        let names = network.parts.map { tensor in
            tensor.entry.checksums == nil
                ? "\(tensor.entry.name) (layer \(key.layer), expert \(key.expert))" : tensor.entry.name
        }
        record = SlotRecord(network.parts, precision, scales: scales, names: names)
    }

    /// The expert in a slot that was filled with this record.
    func weights(in slot: AlignedBuffer) -> RoutedExpert {
        let matrices = record.parts.map { $0.matrix(in: slot) }
        return RoutedExpert(gate: matrices[0], up: matrices[1], down: matrices[2])
    }
}
