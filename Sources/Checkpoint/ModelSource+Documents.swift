/// What a packed store keeps of a source beside the weights.
extension ModelSource {
    /// Files of a folder that are kept.
    private static let keptNames = [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "chat_template.jinja", "LICENSE", "LICENSE.md", "LICENSE.txt", "LICENSE-MODEL", "LICENSE-CODE",
    ]

    /// Tokenizer, licence and settings as the source has them: files of a folder, or a GGUF file's metadata.
    public func documents() throws(CheckpointError) -> [(name: String, bytes: [UInt8])] {
        switch try metadata() {
        case .gguf(let values):
            let kept = values.filter { $0.key.hasPrefix("general.") || $0.key.hasPrefix("tokenizer.") }
            let sorted = kept.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
            return [(PackedStore.ggufDocument, try GGUFWriter.bytes(metadata: sorted))]
        case .huggingFace(let folder):
            var documents: [(name: String, bytes: [UInt8])] = []
            for name in Self.keptNames {
                if let bytes = try folder.contents(name) { documents.append((name, bytes)) }
            }
            return documents
        }
    }

    /// Name of the licence, where the files tell it.
    public func licence() throws(CheckpointError) -> String? {
        if let store { return store.manifest.licence }
        switch try metadata() {
        case .gguf(let values):
            if case .string(let licence) = values["general.license"] { return licence }
            return nil
        case .huggingFace(let folder):
            // The front matter of a model card.
            let card = try folder.text("README.md") ?? ""
            let line = card.split(separator: "\n").prefix(100).first { $0.hasPrefix("license:") }
            return line.map { String($0.dropFirst("license:".count).drop { $0 == " " }) }
        }
    }
}
