import ArgumentParser
import Checkpoint
import Import
import Kernels

/// Formats for an import, by what tensors do.
struct ImportTypeOptions: ParsableArguments {
    @Option(
        help: "Format of all matrices: keep, q4_0, q4_1, q5_0, q8_0, iq4_nl, mxfp4, f16, bf16 or f32.",
        transform: ImportTypeOptions.format)
    var type: Format?

    @Option(help: "Format of the routed experts.", transform: ImportTypeOptions.format)
    var experts: Format?

    @Option(help: "Format of the shared experts.", transform: ImportTypeOptions.format)
    var shared: Format?

    @Option(help: "Format of the matrices of attention.", transform: ImportTypeOptions.format)
    var attention: Format?

    @Option(help: "Format of dense feed-forward networks.", transform: ImportTypeOptions.format)
    var dense: Format?

    @Option(help: "Format of the token embeddings.", transform: ImportTypeOptions.format)
    var embedding: Format?

    @Option(help: "Format of the output head.", transform: ImportTypeOptions.format)
    var head: Format?

    /// A format that can be asked for.
    enum Format: Sendable {
        case keep
        case type(WeightType)
    }

    static func format(_ text: String) throws -> Format {
        if text == "keep" { return .keep }
        let type = WeightType.allCases.first { $0.name.lowercased() == text.lowercased() }
        guard let type, type.canQuantize else {
            let names = WeightType.allCases.filter(\.canQuantize).map { $0.name.lowercased() }
            throw ValidationError("'\(text)' is none of keep, \(names.joined(separator: ", "))")
        }
        return .type(type)
    }

    /// The choice of all options together: the more special one counts.
    var types: ImportTypes {
        var types = ImportTypes()
        let special: [(PlacedTensor.Role, Format?)] = [
            (.routed, experts), (.shared, shared), (.attention, attention), (.dense, dense), (.embedding, embedding),
            (.head, head),
        ]
        for (role, format) in special {
            switch format ?? type {
            case .keep: types.keep(role)
            case .type(let type): types.choose(type, for: role)
            case nil: break
            }
        }
        return types
    }
}
