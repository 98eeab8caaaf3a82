import Kernels

/// Header of one GGUF file (v2 or v3, little-endian): metadata and tensor directory, all of it validated.
///
/// Format: ggml's docs/gguf.md. Limits are far above real models and far below what hurts a small board.
struct GGUFHeader: Sendable {
    /// Metadata in file order of keys.
    private(set) var metadata: [String: GGUFValue] = [:]
    /// Tensors in file order; offsets count from the start of the file.
    private(set) var tensors: [TensorEntry] = []

    private static let maximumTensorCount = 1 << 16
    private static let maximumMetadataCount = 1 << 14
    private static let maximumNameLength = 512
    private static let maximumStringLength = 4 << 20
    private static let maximumArrayLength = 1 << 20
    private static let maximumAlignment = 1 << 20
    private static let maximumMetadataByteCount = 48 << 20

    /// Reads the header of `file`, which is file number `fileIndex` of the checkpoint.
    init(_ file: InputFile, fileIndex: Int) throws(CheckpointError) {
        var cursor = HeaderCursor(file)
        let alignment = try read(&cursor, fileIndex: fileIndex)
        let (padded, overflow) = cursor.offset.addingReportingOverflow(alignment - 1)
        guard !overflow else { throw cursor.error(.malformed, "general.alignment", "is too large") }
        try place(file, dataStart: padded / alignment * alignment)
    }

    /// The metadata of a GGUF file without tensors that is part of the file at `path`.
    static func metadata(in bytes: [UInt8], path: String) throws(CheckpointError) -> [String: GGUFValue] {
        var header = GGUFHeader()
        var cursor = HeaderCursor(bytes, path: path)
        _ = try header.read(&cursor, fileIndex: 0)
        return header.metadata
    }

    private init() {}

    /// Reads metadata and directory; returns the alignment of what follows.
    private mutating func read(_ cursor: inout HeaderCursor, fileIndex: Int) throws(CheckpointError) -> Int {
        let magic = try cursor.bytes(4, field: "magic")
        guard magic.elementsEqual("GGUF".utf8) else { throw cursor.error(.malformed, "magic", "is not GGUF") }
        let version: UInt32 = try cursor.integer(field: "version")
        guard version == 2 || version == 3 else {
            let bigEndian = version.byteSwapped == 2 || version.byteSwapped == 3
            throw cursor.error(
                .unsupported, "version",
                bigEndian
                    ? "the file is big-endian; convert it to little-endian" : "is \(version); 2 and 3 are supported")
        }
        let tensorCount = try cursor.count(upTo: Self.maximumTensorCount, field: "tensor_count")
        let metadataCount = try cursor.count(upTo: Self.maximumMetadataCount, field: "metadata_kv_count")
        for index in 0..<metadataCount {
            let key = try cursor.name(upTo: Self.maximumNameLength, field: "metadata key \(index)")
            let value = try Self.value(&cursor, key: key)
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw cursor.error(.malformed, key, "metadata key occurs twice")
            }
            guard cursor.offset <= Self.maximumMetadataByteCount else {
                throw cursor.error(
                    .limitExceeded, key, "the metadata is longer than \(Self.maximumMetadataByteCount) bytes")
            }
        }
        let alignment = try Self.alignment(metadata["general.alignment"], cursor)
        tensors.reserveCapacity(min(tensorCount, cursor.remaining / 32))
        for index in 0..<tensorCount {
            tensors.append(try Self.tensor(&cursor, index: index, fileIndex: fileIndex, alignment: alignment))
        }
        return alignment
    }

    /// Turns offsets within the data section into offsets within the file, and checks that they lie in it.
    private mutating func place(_ file: InputFile, dataStart: Int) throws(CheckpointError) {
        var names: Set<String> = []
        for index in tensors.indices {
            let tensor = tensors[index]
            guard names.insert(tensor.name).inserted else {
                throw CheckpointError(
                    .malformed, path: file.path, field: tensor.name, offset: dataStart,
                    "tensor occurs twice in the directory")
            }
            let (start, overflow) = tensor.offset.addingReportingOverflow(dataStart)
            guard !overflow, start <= file.byteCount, tensor.byteCount <= file.byteCount - start else {
                throw CheckpointError(
                    .truncated, path: file.path, field: tensor.name, offset: overflow ? nil : start,
                    "tensor data of \(tensor.byteCount) bytes ends beyond the file's \(file.byteCount)")
            }
            tensors[index].offset = start
        }
        try TensorEntry.checkDisjoint(tensors, path: file.path)
    }

    private static func alignment(_ value: GGUFValue?, _ cursor: HeaderCursor) throws(CheckpointError) -> Int {
        guard let value else { return 32 }
        guard case .integer(let alignment) = value, alignment > 0, alignment & (alignment - 1) == 0,
            alignment <= maximumAlignment
        else {
            throw cursor.error(
                .malformed, "general.alignment", "must be a power of two of at most \(maximumAlignment)")
        }
        return alignment
    }

    private static func tensor(
        _ cursor: inout HeaderCursor, index: Int, fileIndex: Int, alignment: Int
    ) throws(CheckpointError) -> TensorEntry {
        let name = try cursor.name(upTo: maximumNameLength, field: "tensor \(index) name")
        let dimensionCount: UInt32 = try cursor.integer(field: "\(name): n_dims")
        guard (1...4).contains(dimensionCount) else {
            throw cursor.error(.malformed, name, "n_dims is \(dimensionCount), 1 to 4 is allowed")
        }
        var shape: [Int] = []
        for dimension in 0..<dimensionCount {
            let length: Int64 = try cursor.integer(field: "\(name): dimension \(dimension)")
            guard length > 0 else { throw cursor.error(.malformed, name, "dimension \(dimension) is \(length)") }
            // ggml counts from the fastest dimension, we from the slowest.
            shape.insert(Int(length), at: 0)
        }
        let typeID: UInt32 = try cursor.integer(field: "\(name): type")
        guard typeID < 1000, let type = WeightType(rawValue: typeID) else {
            throw cursor.error(.unsupported, name, "tensor type \(typeID) is not supported")
        }
        guard let byteCount = TensorEntry.byteCount(shape: shape, type: type) else {
            throw cursor.error(
                .malformed, name, "shape \(shape) is no whole number of \(type.name) blocks, or too large")
        }
        let offset: UInt64 = try cursor.integer(field: "\(name): offset")
        guard offset <= UInt64(Int.max) else {
            throw cursor.error(.malformed, name, "offset \(offset) is beyond any file")
        }
        guard offset % UInt64(alignment) == 0 else {
            throw cursor.error(.malformed, name, "offset \(offset) is no multiple of the alignment \(alignment)")
        }
        return TensorEntry(
            name: name, type: type, shape: shape, fileIndex: fileIndex, offset: Int(offset), byteCount: byteCount)
    }

    private static func value(_ cursor: inout HeaderCursor, key: String) throws(CheckpointError) -> GGUFValue {
        let typeID: UInt32 = try cursor.integer(field: "\(key): type")
        guard let type = GGUFValueType(rawValue: typeID) else {
            throw cursor.error(.malformed, key, "value type \(typeID) does not exist")
        }
        guard type == .array else { return try scalar(&cursor, type, key: key) }
        let elementID: UInt32 = try cursor.integer(field: "\(key): element type")
        guard let element = GGUFValueType(rawValue: elementID), element != .array else {
            throw cursor.error(.malformed, key, "arrays of type \(elementID) are not allowed")
        }
        let count = try cursor.count(upTo: maximumArrayLength, field: "\(key): array length")
        guard count <= cursor.remaining / element.minimumByteCount else {
            throw cursor.error(.truncated, key, "an array of \(count) elements ends beyond the file")
        }
        return try array(&cursor, element, count: count, key: key)
    }

    private static func array(
        _ cursor: inout HeaderCursor, _ element: GGUFValueType, count: Int, key: String
    ) throws(CheckpointError) -> GGUFValue {
        switch element {
        case .uint8: return .integers(try cursor.array(of: UInt8.self, count: count, field: key) { Int($0) })
        case .int8: return .integers(try cursor.array(of: Int8.self, count: count, field: key) { Int($0) })
        case .uint16: return .integers(try cursor.array(of: UInt16.self, count: count, field: key) { Int($0) })
        case .int16: return .integers(try cursor.array(of: Int16.self, count: count, field: key) { Int($0) })
        case .uint32: return .integers(try cursor.array(of: UInt32.self, count: count, field: key) { Int($0) })
        case .int32: return .integers(try cursor.array(of: Int32.self, count: count, field: key) { Int($0) })
        case .int64: return .integers(try cursor.array(of: Int64.self, count: count, field: key) { Int($0) })
        case .uint64:
            let outOfRange = { (_: UInt64) in "array element is out of range" }
            return .integers(
                try cursor.array(of: UInt64.self, count: count, field: key, message: outOfRange) { Int(exactly: $0) })
        case .bool:
            let message = { (byte: UInt8) in "boolean is \(byte)" }
            return .integers(
                try cursor.array(of: UInt8.self, count: count, field: key, message: message) {
                    $0 <= 1 ? Int($0) : nil
                })
        case .float32:
            return .floats(try cursor.array(of: UInt32.self, count: count, field: key) { Float(bitPattern: $0) })
        case .float64:
            return .floats(
                try cursor.array(of: UInt64.self, count: count, field: key) { Float(Double(bitPattern: $0)) })
        case .string:
            var strings: [String] = []
            for _ in 0..<count { strings.append(try cursor.string(upTo: maximumStringLength, field: key)) }
            return .strings(strings)
        case .array: throw cursor.error(.malformed, key, "arrays of arrays are not allowed")
        }
    }

    private static func scalar(
        _ cursor: inout HeaderCursor, _ type: GGUFValueType, key: String
    ) throws(CheckpointError) -> GGUFValue {
        switch type {
        case .uint8: return .integer(Int(try cursor.integer(UInt8.self, field: key)))
        case .int8: return .integer(Int(try cursor.integer(Int8.self, field: key)))
        case .uint16: return .integer(Int(try cursor.integer(UInt16.self, field: key)))
        case .int16: return .integer(Int(try cursor.integer(Int16.self, field: key)))
        case .uint32: return .integer(Int(try cursor.integer(UInt32.self, field: key)))
        case .int32: return .integer(Int(try cursor.integer(Int32.self, field: key)))
        case .int64: return .integer(Int(try cursor.integer(Int64.self, field: key)))
        case .uint64:
            let number: UInt64 = try cursor.integer(field: key)
            return Int(exactly: number).map { .integer($0) } ?? .unsigned(number)
        case .float32: return .float(Double(Float(bitPattern: try cursor.integer(field: key))))
        case .float64: return .float(Double(bitPattern: try cursor.integer(field: key)))
        case .bool:
            let byte: UInt8 = try cursor.integer(field: key)
            guard byte <= 1 else { throw cursor.error(.malformed, key, "boolean is \(byte)") }
            return .bool(byte == 1)
        case .string: return .string(try cursor.string(upTo: maximumStringLength, field: key))
        case .array: throw cursor.error(.malformed, key, "arrays of arrays are not allowed")
        }
    }
}
