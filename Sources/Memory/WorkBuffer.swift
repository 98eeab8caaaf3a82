import Glibc

/// A block of memory, aligned for direct I/O, that one thread reads into, computes in and writes from.
@safe public struct WorkBuffer: ~Copyable {
    private let base: UnsafeMutableRawPointer
    /// Size in bytes.
    public let byteCount: Int

    /// Allocates `byteCount` bytes from a page on; what they hold is not defined.
    public init(byteCount: Int) throws(MemoryError) {
        var pointer: UnsafeMutableRawPointer?
        guard byteCount > 0, unsafe posix_memalign(&pointer, 4096, byteCount) == 0, let allocated = unsafe pointer
        else { throw MemoryError(.outOfMemory, "the kernel refused to allocate \(byteCount) bytes") }
        unsafe base = allocated
        self.byteCount = byteCount
    }

    deinit { unsafe free(base) }

    /// Calls `body` with the bytes to be read.
    public borrowing func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: base, count: byteCount)))
    }

    /// Calls `body` with the bytes to be written.
    public mutating func withMutableBytes<Result, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe UnsafeMutableRawBufferPointer(start: base, count: byteCount)
        var span = unsafe MutableRawSpan(_unsafeBytes: bytes)
        return try body(&span)
    }

    /// Copies `bytes` to `offset`.
    public mutating func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        precondition(offset >= 0 && offset + bytes.count <= byteCount, "bytes beyond the buffer")
        unsafe bytes.withUnsafeBytes { source in
            unsafe source.baseAddress.map { unsafe (base + offset).copyMemory(from: $0, byteCount: source.count) }
        }
    }

    /// Moves the bytes of `range` to the beginning.
    public mutating func moveToFront(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range beyond the buffer")
        unsafe memmove(base, base + range.lowerBound, range.count)
    }

    /// Fills `range` with zeros.
    public mutating func clear(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range beyond the buffer")
        unsafe memset(base + range.lowerBound, 0, range.count)
    }
}
