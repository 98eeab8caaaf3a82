import JSON
import Kernels

/// The manifest as it is written: JSON, names sorted by use, no white space.
extension StoreManifest {
    /// The manifest as JSON text.
    public var jsonText: [UInt8] { Array(JSONValue.object(json).serialized(.compact).utf8) }

    private var json: JSONObject {
        var object: JSONObject = ["configuration": .object(configuration.json)]
        if let scaleBlock {
            object.append(
                "scale_block", ["rows": JSONValue(scaleBlock.rows), "columns": JSONValue(scaleBlock.columns)])
        }
        object.append("sampling", .object(sampling.json))
        if let chatFormat { object.append("chat_format", .string(chatFormat)) }
        if let licence { object.append("licence", .string(licence)) }
        object.append("documents", .array(documents.map { .object($0.json) }))
        object.append("tensors", .array(tensors.map { .object($0.json) }))
        object.append("experts", .array(records.map { .object($0.json) }))
        object.append("source", .array(sources.map { .object($0.json) }))
        if let layers {
            object.append("layers", ["first": JSONValue(layers.lowerBound), "end": JSONValue(layers.upperBound)])
        }
        return object
    }

    /// Reads the manifest of the store at `path`.
    public init(_ text: [UInt8], path: String) throws(CheckpointError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue.parse(text, limits: JSONLimits(nesting: 8))
        } catch {
            throw CheckpointError(
                .malformed, path: path, field: "manifest", offset: StoreHeader.manifestOffset + error.offset,
                error.message)
        }
        guard let object = value.objectValue else {
            throw CheckpointError(.malformed, path: path, field: "manifest", "is no JSON object")
        }
        let fields = JSONFields(path: path, object: object)
        let nested = JSONFields(
            path: path, object: try fields.object("configuration").object, prefix: "configuration.")
        configuration = try ModelConfiguration(store: nested)
        scaleBlock = try fields.nested("scale_block").map { block throws(CheckpointError) in
            ScaleBlock(rows: try block.size("rows"), columns: try block.size("columns"))
        }
        sampling = try SamplingDefaults(store: try fields.object("sampling"))
        chatFormat = try fields.optionalString("chat_format")
        licence = try fields.optionalString("licence")
        for document in try fields.objects("documents") { documents.append(try Document(document)) }
        for tensor in try fields.objects("tensors") { tensors.append(try Tensor(tensor)) }
        for layer in try fields.objects("experts") { records.append(try Records(layer)) }
        for file in try fields.objects("source") { sources.append(try SourceFile(file)) }
        if let range = try fields.nested("layers") {
            let (first, end) = (try range.size("first", atLeast: 0), try range.size("end"))
            guard first < end else { throw range.error("end", "is not above first") }
            layers = first..<end
        }
        try checkAliases(path: path)
        placeAliases()
    }
}

extension JSONFields {
    /// A number of bytes, or an offset: from 0 to 2⁵⁶.
    fileprivate func byteCount(_ name: String) throws(CheckpointError) -> Int {
        guard case .integer(let number) = value(name), number >= 0, number <= 1 << 56 else {
            throw error(name, "must be a number of bytes")
        }
        return number
    }

    /// The member `name`, by which errors call what it belongs to; not empty.
    fileprivate func name() throws(CheckpointError) -> String {
        let name = try string("name")
        guard !name.isEmpty else { throw error("name", "must not be empty") }
        return name
    }

    /// Throws if one of the members that say where bytes lie stands beside `same_as`.
    fileprivate func expectNoPlace(_ names: String...) throws(CheckpointError) {
        for name in names where value(name) != nil { throw error(name, "must not stand beside same_as") }
    }
}

extension StoreManifest.Document {
    fileprivate var json: JSONObject {
        ["name": .string(name), "offset": JSONValue(extent.offset), "bytes": JSONValue(extent.byteCount)]
    }

    fileprivate init(_ fields: JSONFields) throws(CheckpointError) {
        self.init(name: try fields.name(), byteCount: try fields.byteCount("bytes"))
        extent.offset = try fields.byteCount("offset")
    }
}

extension StoreManifest.Matrix {
    fileprivate var json: JSONObject {
        [
            "type": .string(type.name), "layout": .string(layout.rawValue),
            "shape": .array(shape.map { JSONValue($0) }),
        ]
    }

    fileprivate init(_ fields: JSONFields) throws(CheckpointError) {
        let typeName = try fields.string("type")
        guard let type = WeightType.allCases.first(where: { $0.name == typeName }) else {
            throw fields.error("type", "\(typeName) is not supported")
        }
        guard let layout = TensorEntry.Layout(rawValue: try fields.string("layout")), layout != .pairs else {
            throw fields.error("layout", "must be rows or packed")
        }
        guard let lengths = fields.object["shape"]?.arrayValue, (1...4).contains(lengths.count) else {
            throw fields.error("shape", "must be one to four sizes")
        }
        var shape: [Int] = []
        for length in lengths {
            guard let length = length.intValue, length > 0 else { throw fields.error("shape", "must hold sizes") }
            shape.append(length)
        }
        self.init(type: type, layout: layout, shape: shape)
        guard byteCount != nil else {
            throw fields.error("shape", "\(shape) cannot be stored as \(typeName) in \(layout.rawValue)")
        }
    }
}

extension StoreManifest.Tensor {
    fileprivate var json: JSONObject {
        var object: JSONObject = ["name": .string(name)]
        for member in matrix.json.members { object.append(member.name, member.value) }
        if let sameAs {
            object.append("same_as", .string(sameAs))
        } else {
            object.append("offset", JSONValue(extent.offset))
            object.append("piece", JSONValue(extent.pieceByteCount))
        }
        return object
    }

    fileprivate init(_ fields: JSONFields) throws(CheckpointError) {
        let matrix = try StoreManifest.Matrix(fields)
        if let sameAs = try fields.optionalString("same_as") {
            try fields.expectNoPlace("offset", "piece")
            self.init(
                name: try fields.name(), matrix: matrix,
                extent: StoreManifest.Extent(byteCount: matrix.byteCount ?? 0))
            self.sameAs = sameAs
            return
        }
        let piece = try fields.byteCount("piece")
        guard piece > 0, piece % StoreHeader.pageByteCount == 0 else {
            throw fields.error("piece", "must be a multiple of \(StoreHeader.pageByteCount)")
        }
        self.init(
            name: try fields.name(), matrix: matrix,
            extent: StoreManifest.Extent(byteCount: matrix.byteCount ?? 0, pieceByteCount: piece))
        extent.offset = try fields.byteCount("offset")
    }
}

extension StoreManifest.Records {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "layer": JSONValue(layer), "count": JSONValue(count),
        ]
        if let sameAs {
            object.append("same_as", JSONValue(sameAs))
        } else {
            object.append("offset", JSONValue(offset))
        }
        object.append("record", JSONValue(recordByteCount))
        for (name, part) in zip(BoundSwiGLU.partNames, parts) { object.append(name, .object(part.json)) }
        return object
    }

    fileprivate init(_ fields: JSONFields) throws(CheckpointError) {
        var parts: [StoreManifest.Matrix] = []
        for name in BoundSwiGLU.partNames { parts.append(try StoreManifest.Matrix(try fields.object(name))) }
        let byteCount = parts.reduce(0) { $0 + StoreHeader.padded($1.byteCount ?? 0) }
        guard try fields.byteCount("record") == byteCount else {
            throw fields.error("record", "is not the \(byteCount) bytes that its parts need")
        }
        self.init(layer: try fields.size("layer", atLeast: 0), count: try fields.size("count"), parts: parts)
        guard layer < 4096, count <= 1 << 17 else { throw fields.error("count", "is beyond any model") }
        sameAs = try fields.optionalSize("same_as", atLeast: 0)
        if sameAs == nil {
            offset = try fields.byteCount("offset")
        } else {
            try fields.expectNoPlace("offset")
        }
    }
}

extension StoreManifest.SourceFile {
    fileprivate var json: JSONObject {
        var object: JSONObject = ["name": .string(name), "bytes": JSONValue(byteCount)]
        if let digest { object.append("sha256", .string(digest)) }
        return object
    }

    fileprivate init(_ fields: JSONFields) throws(CheckpointError) {
        self.init(
            name: try fields.name(), byteCount: try fields.byteCount("bytes"),
            digest: try fields.optionalString("sha256"))
    }
}
