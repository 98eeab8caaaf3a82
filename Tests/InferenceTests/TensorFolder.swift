import Glibc
import JSON
import Testing

/// A Hugging Face folder of the fixtures in parts, to be written again under other names, in another form, or with lies.
struct TensorFolder {
    struct Tensor {
        var name: String
        var type: String
        var shape: [Int]
        var bytes: [UInt8]
    }

    var configuration: JSONObject
    var tensors: [Tensor]

    init(_ fixture: String) throws {
        configuration = try #require(try Fixture.json(fixture + "/config.json").objectValue)
        let bytes = try Fixture.bytes(fixture + "/model.safetensors")
        let length = bytes[..<8].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let header = try #require(try JSONValue.parse(Array(bytes[8..<8 + length])).objectValue)
        tensors = try header.members.filter { $0.name != "__metadata__" }.map { member in
            let offsets = try #require(member.value["data_offsets"]?.arrayValue).compactMap(\.intValue)
            return Tensor(
                name: member.name, type: try #require(member.value["dtype"]?.stringValue),
                shape: try #require(member.value["shape"]?.arrayValue).compactMap(\.intValue),
                bytes: Array(bytes[8 + length + offsets[0]..<8 + length + offsets[1]]))
        }
    }

    /// Puts `value` in place of a field of config.json, or takes it away.
    mutating func configure(_ name: String, _ value: JSONValue?) {
        configuration = JSONObject(configuration.members.filter { $0.name != name })
        if let value { _ = configuration.append(name, value) }
    }

    /// Changes the tensors whose name ends with `ending`.
    mutating func change(_ ending: String, _ change: (inout Tensor) -> Void) {
        for index in tensors.indices where tensors[index].name.hasSuffix(ending) { change(&tensors[index]) }
    }

    /// Runs `body` with the path of a folder that holds all this.
    func use<Result>(_ body: (String) throws -> Result) throws -> Result {
        let path = "/tmp/minke-tensors-\(UInt64.random(in: 0 ... .max))"
        try #require(mkdir(path, 0o700) == 0)
        defer {
            for name in ["config.json", "model.safetensors", "model.minke", "model.minke.partial"] {
                unlink(path + "/" + name)
            }
            rmdir(path)
        }
        try PagedModelTests.write(
            Array(JSONValue.object(configuration).serialized().utf8), to: path + "/config.json")
        var header = JSONObject()
        var data: [UInt8] = []
        for tensor in tensors {
            let offsets: JSONValue = [JSONValue(data.count), JSONValue(data.count + tensor.bytes.count)]
            let shape = JSONValue.array(tensor.shape.map { JSONValue($0) })
            let entry: JSONValue = ["dtype": JSONValue(tensor.type), "shape": shape, "data_offsets": offsets]
            _ = header.append(tensor.name, entry)
            data += tensor.bytes
        }
        let text = Array(JSONValue.object(header).serialized().utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
        try PagedModelTests.write(length + text + data, to: path + "/model.safetensors")
        return try body(path)
    }
}
