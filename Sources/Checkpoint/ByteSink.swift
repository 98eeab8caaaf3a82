/// What a file's bytes are written to: a file, or memory.
public protocol ByteSink: ~Copyable {
    /// Bytes written so far.
    var byteCount: Int { get }
    /// Appends bytes.
    mutating func write(_ bytes: some Collection<UInt8>) throws(CheckpointError)
}

extension ByteSink where Self: ~Copyable {
    /// Appends a little-endian integer.
    public mutating func write<Value: FixedWidthInteger>(_ value: Value) throws(CheckpointError) {
        try write(value.littleEndianBytes)
    }

    /// Appends zeros up to a multiple of `alignment`.
    public mutating func pad(to alignment: Int) throws(CheckpointError) {
        let excess = byteCount % alignment
        if excess > 0 { try write([UInt8](repeating: 0, count: alignment - excess)) }
    }
}

/// Bytes collected in memory.
struct ByteCollector: ByteSink {
    private(set) var bytes: [UInt8] = []
    var byteCount: Int { bytes.count }

    mutating func write(_ bytes: some Collection<UInt8>) { self.bytes += bytes }
}
