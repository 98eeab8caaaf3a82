import JSON
import Kernels

/// Header of one safetensors file: u64 length, JSON directory, data; all of it validated.
struct SafetensorsHeader: Sendable {
    /// A tensor of bytes that are no values by themselves: codes or scales.
    struct Bytes: Sendable {
        let name: String
        let typeName: String
        let shape: [Int]
        let fileIndex: Int
        let offset: Int
        let byteCount: Int
    }

    /// Tensors whose values stand for themselves; a type that is neither theirs nor one of bytes refuses the file.
    private(set) var tensors: [TensorEntry] = []
    /// Tensors of bytes.
    private(set) var bytes: [Bytes] = []

    private static let maximumHeaderLength = 16 << 20
    private static let limits = JSONLimits(nesting: 8)

    /// Reads the header of `file`, which is file number `fileIndex` of the checkpoint.
    init(_ file: InputFile, fileIndex: Int) throws(CheckpointError) {
        var cursor = HeaderCursor(file)
        let length = try cursor.count(upTo: Self.maximumHeaderLength, field: "header length")
        let header = try file.bytes(at: 8, count: length, field: "header")
        guard let directory = try Self.parse(header, path: file.path).objectValue else {
            throw CheckpointError(.malformed, path: file.path, field: "header", "is not a JSON object")
        }
        for member in directory.members where member.name != "__metadata__" {
            try add(member.name, member.value, file: file, fileIndex: fileIndex, dataStart: 8 + length)
        }
        try checkCoverage(file, dataStart: 8 + length)
    }

    /// The format requires that tensors cover the data section without holes.
    private func checkCoverage(_ file: InputFile, dataStart: Int) throws(CheckpointError) {
        var extents = tensors.map { (name: $0.name, offset: $0.offset, byteCount: $0.byteCount) }
        extents += bytes.map { (name: $0.name, offset: $0.offset, byteCount: $0.byteCount) }
        extents.sort { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }
        var end = dataStart
        for tensor in extents {
            guard tensor.offset == end else {
                throw CheckpointError(
                    .malformed, path: file.path, field: tensor.name, offset: tensor.offset,
                    tensor.offset < end ? "tensor data overlaps another tensor" : "a hole precedes the tensor data")
            }
            end += tensor.byteCount
        }
        guard end == file.byteCount else {
            throw CheckpointError(
                .malformed, path: file.path, field: "data", offset: end,
                "the tensors end at byte \(end), the file at \(file.byteCount)")
        }
    }

    private static func parse(_ header: [UInt8], path: String) throws(CheckpointError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parse(header, limits: limits)
        } catch {
            throw CheckpointError(.malformed, path: path, field: "header", offset: 8 + error.offset, error.message)
        }
    }

    private mutating func add(
        _ name: String, _ value: JSONValue, file: InputFile, fileIndex: Int, dataStart: Int
    ) throws(CheckpointError) {
        func error(_ code: CheckpointError.Code, _ message: String) -> CheckpointError {
            CheckpointError(code, path: file.path, field: name, message)
        }
        guard !name.isEmpty else { throw error(.malformed, "a tensor needs a name") }
        guard let typeName = value["dtype"]?.stringValue else { throw error(.malformed, "dtype is missing") }
        let type = Self.weightType(typeName)
        guard type != nil || Self.byteTypes.contains(typeName) else {
            throw error(.unsupported, "dtype \(typeName) is not supported")
        }
        guard let dimensions = value["shape"]?.arrayValue, dimensions.count <= 8 else {
            throw error(.malformed, "shape is missing or too long")
        }
        var shape: [Int] = []
        for dimension in dimensions {
            guard let length = dimension.intValue, length >= 0 else {
                throw error(.malformed, "shape holds something else than sizes")
            }
            shape.append(length)
        }
        if shape.isEmpty { shape = [1] }
        guard let offsets = value["data_offsets"]?.arrayValue, offsets.count == 2,
            let begin = offsets[0].intValue, let end = offsets[1].intValue, begin >= 0, end >= begin
        else { throw error(.malformed, "data_offsets must be two growing offsets") }
        // A byte each, like FP8, if they are no weights.
        guard let byteCount = TensorEntry.byteCount(shape: shape, type: type ?? .f8E4M3) else {
            throw error(.malformed, "shape \(shape) is too large")
        }
        guard byteCount == end - begin else {
            throw error(
                .malformed, "shape \(shape) of \(typeName) needs \(byteCount) bytes, data_offsets give \(end - begin)")
        }
        guard end <= file.byteCount - dataStart else {
            throw error(.truncated, "data ends at byte \(end) of \(file.byteCount - dataStart)")
        }
        let offset = dataStart + begin
        if let type {
            tensors.append(
                TensorEntry(
                    name: name, type: type, shape: shape, fileIndex: fileIndex, offset: offset, byteCount: byteCount))
        } else {
            bytes.append(
                Bytes(
                    name: name, typeName: typeName, shape: shape, fileIndex: fileIndex, offset: offset,
                    byteCount: byteCount))
        }
    }

    /// Types of codes and scales: PyTorch has none for two codes in a byte.
    private static let byteTypes = ["U8", "I8", "F8_E8M0"]

    private static func weightType(_ name: String) -> WeightType? {
        switch name {
        case "F32": .f32
        case "F16": .f16
        case "BF16": .bf16
        case "F8_E4M3": .f8E4M3
        default: nil
        }
    }
}
