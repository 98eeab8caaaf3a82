import Checkpoint
import JSON
import Kernels
import Scratch

/// The parts of a store's bytes, which can be made to lie before they are put together again with valid checksums.
struct StoreImage {
    /// Manifest, as text.
    var manifest: [UInt8]
    /// Checksums of the data.
    var checksums: [UInt32]
    /// Everything after the checksums.
    var data: [UInt8]
    /// Header fields to write over what is right: offset in the header and bytes.
    var headerLies: [(offset: Int, bytes: [UInt8])] = []

    init(_ bytes: [UInt8]) {
        let manifestCount = Self.number(bytes, 24, 8)
        let checksumCount = Self.number(bytes, 32, 8)
        let table = StoreHeader.manifestOffset + StoreHeader.padded(manifestCount)
        manifest = Array(bytes[StoreHeader.manifestOffset..<StoreHeader.manifestOffset + manifestCount])
        checksums = (0..<checksumCount).map { UInt32(Self.number(bytes, table + 4 * $0, 4)) }
        data = Array(bytes[(table + StoreHeader.padded(4 * checksumCount))...])
    }

    /// A little-endian number.
    static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The bytes of `value`, little-endian.
    static func bytes(of value: UInt64, _ count: Int = 8) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    /// The file.
    var bytes: [UInt8] {
        let paddedManifest = Self.padded(manifest)
        let table = Self.padded(checksums.flatMap { Self.bytes(of: UInt64($0), 4) })
        let header = StoreHeader(
            fileByteCount: StoreHeader.pageByteCount + paddedManifest.count + table.count + data.count,
            manifestByteCount: manifest.count, manifestChecksum: CRC32C.checksum(paddedManifest),
            checksumCount: checksums.count, tableChecksum: CRC32C.checksum(table))
        var page = header.bytes
        if !headerLies.isEmpty {
            for lie in headerLies { page.replaceSubrange(lie.offset..<lie.offset + lie.bytes.count, with: lie.bytes) }
            page.replaceSubrange(4092..., with: Self.bytes(of: UInt64(CRC32C.checksum(Array(page[..<4092]))), 4))
        }
        return page + paddedManifest + table + data
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: StoreHeader.padded(bytes.count) - bytes.count)
    }

    // MARK: Edits

    /// Replaces the value at `path`, such as `tensors.0.shape`; takes it away if there is no new one.
    mutating func set(_ path: String, _ value: JSONValue?) throws {
        let steps = path.split(separator: ".").map(String.init)
        manifest = Array(try Self.edit(try JSONValue.parse(manifest), steps[...]) { _ in value }.serialized().utf8)
    }

    /// The value at `path`.
    func value(_ path: String) throws -> JSONValue? {
        var value: JSONValue? = try JSONValue.parse(manifest)
        for step in path.split(separator: ".") {
            if let index = Int(step) { value = value?[index] } else { value = value?[String(step)] }
        }
        return value
    }

    private static func edit(
        _ value: JSONValue, _ steps: ArraySlice<String>, _ change: (JSONValue?) -> JSONValue?
    ) throws -> JSONValue {
        guard let step = steps.first else { return value }
        let rest = steps.dropFirst()
        if var elements = value.arrayValue {
            guard let index = Int(step) else { throw ScratchFolder.Failure() }
            let old: JSONValue? = index < elements.count ? elements[index] : nil
            let new: JSONValue? = rest.isEmpty ? change(old) : try edit(old ?? .null, rest, change)
            if index == elements.count {
                elements += new.map { [$0] } ?? []
            } else {
                elements.replaceSubrange(index...index, with: new.map { [$0] } ?? [])
            }
            return .array(elements)
        }
        guard var object = value.objectValue else { throw ScratchFolder.Failure() }
        object[step] = rest.isEmpty ? change(object[step]) : try edit(object[step] ?? .null, rest, change)
        return .object(object)
    }
}
