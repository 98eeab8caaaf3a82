/// Reads little-endian fields of a file header one after the other, through a small window.
///
/// Every length is compared with what is left of the file before memory is allocated for it.
struct HeaderCursor {
    private let path: String
    private let byteCount: Int
    /// Where the window is filled from; `nil` if it holds everything.
    private let file: InputFile?
    private(set) var offset = 0
    /// Where the field that was read last starts.
    private var fieldOffset = 0
    private var window: [UInt8] = []
    private var windowStart = 0

    private static let windowByteCount = 64 << 10

    init(_ file: InputFile) {
        self.file = file
        path = file.path
        byteCount = file.byteCount
    }

    /// Reads `bytes`, a part of the file at `path`.
    init(_ bytes: [UInt8], path: String) {
        file = nil
        self.path = path
        byteCount = bytes.count
        window = bytes
    }

    /// Bytes between here and the end of the file.
    var remaining: Int { byteCount - offset }

    /// An error in the field that was read last.
    func error(_ code: CheckpointError.Code, _ field: String, _ message: String) -> CheckpointError {
        CheckpointError(code, path: path, field: field, offset: fieldOffset, message)
    }

    /// The next `count` bytes.
    mutating func bytes(_ count: Int, field: String) throws(CheckpointError) -> ArraySlice<UInt8> {
        fieldOffset = offset
        guard count >= 0, count <= remaining else {
            throw error(.truncated, field, "needs \(count) bytes, \(remaining) are left in the file")
        }
        if let file, offset < windowStart || offset + count > windowStart + window.count {
            let length = min(max(count, Self.windowByteCount), remaining)
            window = try file.bytes(at: offset, count: length, field: field)
            windowStart = offset
        }
        let start = offset - windowStart
        offset += count
        return window[start..<start + count]
    }

    /// The next fixed-width integer.
    mutating func integer<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self, field: String
    ) throws(CheckpointError) -> Value {
        var value: Value = 0
        for (index, byte) in try bytes(MemoryLayout<Value>.size, field: field).enumerated() {
            value |= Value(truncatingIfNeeded: byte) << (8 * index)
        }
        return value
    }

    /// The next `count` fixed-width integers, each as what `value` makes of it; where that is nothing, an error with
    /// `message` is thrown. Read a window at a time: element by element takes many times as long.
    mutating func array<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
        of type: Stored.Type, count: Int, field: String, message: (Stored) -> String = { _ in "is out of range" },
        _ value: (Stored) -> Value?
    ) throws(CheckpointError) -> [Value] {
        let width = MemoryLayout<Stored>.size
        fieldOffset = offset
        // Before memory is reserved for them.
        guard count >= 0, count <= remaining / width else {
            throw error(.truncated, field, "an array of \(count) elements ends beyond the file")
        }
        var values: [Value] = []
        values.reserveCapacity(count)
        while values.count < count {
            let part = min(count - values.count, Self.windowByteCount / width)
            let start = offset
            let slice = try bytes(part * width, field: field)
            let stored = slice.span
            for index in 0..<part {
                // The slice holds `part` elements; both architectures are little-endian.
                let element = unsafe stored.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index * width, as: type)
                guard let result = value(element) else {
                    fieldOffset = start + index * width
                    throw error(.malformed, field, message(element))
                }
                values.append(result)
            }
        }
        return values
    }

    /// A length: a u64 that must not exceed `limit`.
    mutating func count(upTo limit: Int, field: String) throws(CheckpointError) -> Int {
        let value: UInt64 = try integer(field: field)
        guard value <= UInt64(limit) else {
            throw error(.limitExceeded, field, "is \(value), at most \(limit) is accepted")
        }
        return Int(value)
    }

    /// A string that names something and therefore is not empty.
    mutating func name(upTo limit: Int, field: String) throws(CheckpointError) -> String {
        let name = try string(upTo: limit, field: field)
        guard !name.isEmpty else { throw error(.malformed, field, "is empty") }
        return name
    }

    /// A string: u64 length and UTF-8 bytes.
    mutating func string(upTo limit: Int, field: String) throws(CheckpointError) -> String {
        let length = try count(upTo: limit, field: field + " length")
        guard let text = String(validating: try bytes(length, field: field), as: UTF8.self) else {
            throw error(.malformed, field, "is not UTF-8")
        }
        return text
    }
}
