import Kernels

/// Writes a GGUF v3 file: metadata, tensor directory, tensor data in the order given.
struct GGUFWriter {
    /// A tensor to be written; the bytes are made when their turn comes.
    struct Tensor {
        let name: String
        let type: WeightType
        /// Dimensions, slowest first.
        let shape: [Int]
        /// The tensor's bytes.
        let bytes: () throws(CheckpointError) -> [UInt8]
    }

    private static let alignment = 32

    var metadata: [(key: String, value: GGUFValue)]
    var tensors: [Tensor]

    /// Writes everything to `path`; the file appears only when it is complete.
    func write(to path: String) throws(CheckpointError) {
        var file = try OutputFile(path: path)
        try write(to: &file, path: path)
        try file.commit()
    }

    /// A file without tensors, as bytes.
    static func bytes(metadata: [(key: String, value: GGUFValue)]) throws(CheckpointError) -> [UInt8] {
        var collector = ByteCollector()
        try GGUFWriter(metadata: metadata, tensors: []).write(to: &collector, path: PackedStore.ggufDocument)
        return collector.bytes
    }

    private func write<Sink: ByteSink & ~Copyable>(to file: inout Sink, path: String) throws(CheckpointError) {
        try file.write("GGUF".utf8)
        try file.write(UInt32(3))
        try file.write(UInt64(tensors.count))
        try file.write(UInt64(metadata.count))
        for (key, value) in metadata {
            try Self.write(key, to: &file)
            try Self.write(value, to: &file)
        }
        try writeDirectory(&file, path: path)
        for tensor in tensors {
            try file.pad(to: Self.alignment)
            let bytes = try tensor.bytes()
            guard bytes.count == TensorEntry.byteCount(shape: tensor.shape, type: tensor.type) else {
                throw CheckpointError(.shapeMismatch, path: path, field: tensor.name, "has \(bytes.count) bytes")
            }
            try file.write(bytes)
        }
    }

    private func writeDirectory<Sink: ByteSink & ~Copyable>(
        _ file: inout Sink, path: String
    ) throws(CheckpointError) {
        var offset = 0
        for tensor in tensors {
            guard let byteCount = TensorEntry.byteCount(shape: tensor.shape, type: tensor.type) else {
                throw CheckpointError(
                    .shapeMismatch, path: path, field: tensor.name,
                    "shape \(tensor.shape) is no whole number of \(tensor.type.name) blocks")
            }
            try Self.write(tensor.name, to: &file)
            try file.write(UInt32(tensor.shape.count))
            for length in tensor.shape.reversed() { try file.write(UInt64(length)) }
            try file.write(tensor.type.rawValue)
            try file.write(UInt64(offset))
            offset = (offset + byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
        }
        try file.pad(to: Self.alignment)
    }

    private static func write<Sink: ByteSink & ~Copyable>(
        _ text: String, to file: inout Sink
    ) throws(CheckpointError) {
        try file.write(UInt64(text.utf8.count))
        try file.write(text.utf8)
    }

    private static func write<Sink: ByteSink & ~Copyable>(
        _ value: GGUFValue, to file: inout Sink
    ) throws(CheckpointError) {
        switch value {
        case .integer(let number):
            if let small = UInt32(exactly: number) {
                try file.write(GGUFValueType.uint32.rawValue)
                try file.write(small)
            } else {
                try file.write(GGUFValueType.int64.rawValue)
                try file.write(Int64(number))
            }
        case .unsigned(let number):
            try file.write(GGUFValueType.uint64.rawValue)
            try file.write(number)
        case .float(let number):
            try file.write(GGUFValueType.float32.rawValue)
            try file.write(Float(number).bitPattern)
        case .bool(let flag):
            try file.write(GGUFValueType.bool.rawValue)
            try file.write(UInt8(flag ? 1 : 0))
        case .string(let text):
            try file.write(GGUFValueType.string.rawValue)
            try write(text, to: &file)
        case .integers(let numbers):
            try writeArrayHead(.int32, count: numbers.count, to: &file)
            for number in numbers { try file.write(Int32(clamping: number)) }
        case .floats(let numbers):
            try writeArrayHead(.float32, count: numbers.count, to: &file)
            for number in numbers { try file.write(number.bitPattern) }
        case .strings(let texts):
            try writeArrayHead(.string, count: texts.count, to: &file)
            for text in texts { try write(text, to: &file) }
        }
    }

    private static func writeArrayHead<Sink: ByteSink & ~Copyable>(
        _ element: GGUFValueType, count: Int, to file: inout Sink
    ) throws(CheckpointError) {
        try file.write(GGUFValueType.array.rawValue)
        try file.write(element.rawValue)
        try file.write(UInt64(count))
    }
}
