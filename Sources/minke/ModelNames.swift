import ArgumentParser
import Inference

/// The names of installed models, for shells that complete them.
enum ModelNames {
    static let completion = CompletionKind.custom { (_: [String], _: Int, _: String) in
        ModelLibrary(folders: ModelLibrary.standardFolders()).models().map(\.name)
    }
}
