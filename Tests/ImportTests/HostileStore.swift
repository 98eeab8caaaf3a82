import Checkpoint
import JSON
import Testing

/// A store with one lie in it and valid checksums around the lie, and the error that it must give.
struct HostileStore: Sendable, CustomTestStringConvertible {
    let what: String
    let code: CheckpointError.Code
    /// What the error's field begins with.
    let field: String
    let change: @Sendable (inout StoreImage) throws -> Void

    init(
        _ what: String, _ code: CheckpointError.Code, _ field: String,
        _ change: @escaping @Sendable (inout StoreImage) throws -> Void
    ) {
        self.what = what
        self.code = code
        self.field = field
        self.change = change
    }

    /// A value of the manifest is another one.
    init(_ path: String, _ value: JSONValue?, _ code: CheckpointError.Code, _ field: String) {
        self.init("\(path) is \(value?.serialized() ?? "missing")", code, field) { try $0.set(path, value) }
    }

    /// A number of the manifest is written as `text`.
    init(_ path: String, text: String, _ code: CheckpointError.Code, _ field: String) {
        self.init("\(path) is \(text.prefix(40))", code, field) { try $0.set(path, try JSONValue.parse(text)) }
    }

    /// A number of the header is another one.
    init(
        _ what: String, header offset: Int, _ value: UInt64, byteCount: Int = 8, _ code: CheckpointError.Code,
        _ field: String
    ) {
        self.init(what, code, field) {
            $0.headerLies.append((offset, StoreImage.bytes(of: value, byteCount)))
        }
    }

    var testDescription: String { what }

    static let all = header + syntax + values + extents + contents + aliases + expertAliases
}
