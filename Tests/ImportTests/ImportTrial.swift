import Checkpoint
import Import
import Inference
import Kernels
import Memory
import Scratch
import Tokenizer

/// A checkpoint of the fixtures and the store that was made of it.
struct ImportTrial {
    let source: ModelSource
    let store: ModelSource
    private let folder: ScratchFolder

    /// Imports `name` as `options` say; with formats as they are if there are none.
    init(_ name: String, _ options: ImportOptions = .lossless) throws {
        folder = try ScratchFolder()
        source = try ModelSource.open(Fixture.path(name))
        store = try ModelSource.open(try Self.importing(source, to: folder.file("model.minke"), options))
    }

    /// Makes the store at `path`.
    @discardableResult
    static func importing(
        _ source: ModelSource, to path: String, _ options: ImportOptions = .lossless
    ) throws -> String {
        try Importer(source, options).run(to: path) { _ in }
        return path
    }

    /// Logits of all tokens of `prompt`.
    static func logits(
        _ source: ModelSource, _ prompt: [TokenID], _ precision: Precision = .f32, recorder: RoutingRecorder? = nil
    ) throws -> [Float] {
        let model = try Model.load(
            source, budget: MemoryBudget(limit: 1 << 30), threadCount: 2, precision: precision)
        return try model.forward(
            prompt, cache: model.makeCache(contextLength: 64), logits: .all, recorder: recorder
        ).view.values
    }
}

extension ImportOptions {
    /// Everything as the source has it.
    static var lossless: ImportOptions {
        var options = ImportOptions(threadCount: 2)
        for role in PlacedTensor.Role.allCases { options.types.keep(role) }
        return options
    }

    /// The formats that are chosen if nothing is asked for.
    static var standard: ImportOptions { ImportOptions(threadCount: 2) }
}
