import Kernels

/// The tensors of all files of a Hugging Face folder, MXFP4 matrices put together from their codes and scales.
///
/// A matrix [rows, columns] has codes [rows, columns / 2] and scales [rows, columns / 32]; tools name them differently,
/// and the two need not lie in the same file.
struct SafetensorsDirectory {
    /// Number of the file that holds each stored tensor, by name.
    private(set) var fileIndices: [String: Int] = [:]
    private var entries: [TensorEntry] = []
    private var bytes: [SafetensorsHeader.Bytes] = []

    /// Endings of the names of codes and of scales: compressed-tensors', AMD Quark's, DeepSeek's.
    private static let endings = [
        (codes: ".weight_packed", scales: ".weight_scale"), (codes: ".weight", scales: ".weight_scale"),
        (codes: ".weight", scales: ".scale"),
    ]

    /// Adds the tensors of `file`; bytes are refused where `scheme` has no use for them.
    mutating func add(
        _ header: SafetensorsHeader, _ file: InputFile, _ scheme: QuantizationScheme
    ) throws(CheckpointError) {
        if scheme != .mxfp4, let tensor = header.bytes.first { throw Self.refusal(tensor, file) }
        for tensor in header.tensors { fileIndices[tensor.name] = tensor.fileIndex }
        for tensor in header.bytes {
            if let other = fileIndices.updateValue(tensor.fileIndex, forKey: tensor.name) {
                throw CheckpointError(
                    .malformed, path: file.path, field: tensor.name, "tensor occurs in file \(other + 1) too")
            }
        }
        entries += header.tensors
        bytes += header.bytes
    }

    /// All tensors that hold weights.
    func tensors(_ files: [InputFile]) throws(CheckpointError) -> [TensorEntry] {
        guard !bytes.isEmpty else { return entries }
        var tensors = entries
        let byName = Dictionary(bytes.map { ($0.name, $0) }) { first, _ in first }
        var rest = byName
        for codes in bytes {
            guard let (name, scales) = names(of: codes) else { continue }
            rest[codes.name] = nil
            rest[scales] = nil
            tensors.append(try matrix(name, codes, scales: byName[scales], scales, files))
        }
        if let tensor = bytes.first(where: { rest[$0.name] != nil }) {
            throw Self.refusal(tensor, files[tensor.fileIndex])
        }
        return tensors
    }

    /// The name of the matrix that `codes` belong to and that of its scales; `nil` if the name is not one of codes.
    private func names(of codes: SafetensorsHeader.Bytes) -> (matrix: String, scales: String)? {
        var expected: (matrix: String, scales: String)?
        for ending in Self.endings where codes.name.hasSuffix(ending.codes) {
            let stem = String(codes.name.dropLast(ending.codes.count))
            let names = (matrix: stem + ".weight", scales: stem + ending.scales)
            if fileIndices[names.scales] != nil { return names }
            expected = expected ?? names
        }
        return expected
    }

    private func matrix(
        _ name: String, _ codes: SafetensorsHeader.Bytes, scales: SafetensorsHeader.Bytes?, _ scalesName: String,
        _ files: [InputFile]
    ) throws(CheckpointError) -> TensorEntry {
        let path = files[codes.fileIndex].path
        guard codes.typeName != "F8_E8M0" else { throw Self.refusal(codes, files[codes.fileIndex]) }
        guard codes.shape.count == 2, codes.shape[1] % PairedCodes.codeByteCount == 0 else {
            throw CheckpointError(
                .malformed, path: path, field: codes.name,
                "has shape \(codes.shape); MXFP4 codes are rows of whole blocks of \(PairedCodes.codeByteCount) bytes")
        }
        guard let scales, scales.typeName != "I8" else {
            let isThere = fileIndices[scalesName] != nil
            throw CheckpointError(
                isThere ? .unsupported : .missingTensor, path: path, field: scalesName,
                isThere
                    ? "is not U8 or F8_E8M0, as scales of MXFP4 are"
                    : "tensor is missing; the codes in \(codes.name) need their scales")
        }
        let (rows, columns) = (codes.shape[0], 2 * codes.shape[1])
        guard scales.shape == [rows, columns / PairedCodes.blockLength] else {
            throw CheckpointError(
                .shapeMismatch, path: files[scales.fileIndex].path, field: scales.name,
                "has shape \(scales.shape); the codes ask for \([rows, columns / PairedCodes.blockLength])")
        }
        var entry = TensorEntry(
            name: name, type: .mxfp4, shape: [rows, columns], fileIndex: codes.fileIndex, offset: codes.offset,
            byteCount: codes.byteCount)
        entry.layout = .pairs
        entry.pairedScales = TensorEntry.PairedScales(
            name: scales.name, fileIndex: scales.fileIndex, offset: scales.offset)
        return entry
    }

    private static func refusal(_ tensor: SafetensorsHeader.Bytes, _ file: InputFile) -> CheckpointError {
        CheckpointError(
            .unsupported, path: file.path, field: tensor.name, "dtype \(tensor.typeName) is not supported")
    }
}
