import Glibc

/// A fixed block of memory, aligned for SIMD and direct I/O; filled once, then shared read-only.
///
/// The memory is its own, or a slot of a `SlotPool` that takes it back when the last reference is gone.
@safe public final class AlignedBuffer: @unchecked Sendable {
    // Sendable: `create` and `SlotDraft` write the bytes before anyone else sees the object; afterwards they are only
    // read.
    private let base: UnsafeMutableRawPointer
    /// The owner of the memory, if it is a slot.
    private let pool: SlotPool?
    /// Size in bytes.
    public let byteCount: Int

    /// Large buffers ask for pages of this size: a stream of weights then misses the TLB 512 times less often.
    private static let hugePage = 2 << 20

    private init(byteCount: Int, alignment: Int) throws(MemoryError) {
        guard byteCount >= 0 else { throw MemoryError(.invalidSize, "cannot allocate \(byteCount) bytes") }
        var pointer: UnsafeMutableRawPointer?
        let isLarge = byteCount >= 2 * Self.hugePage
        let status = unsafe posix_memalign(
            &pointer, isLarge ? max(alignment, Self.hugePage) : alignment, max(byteCount, alignment))
        guard status == 0, let allocated = unsafe pointer else {
            throw MemoryError(.outOfMemory, "the kernel refused to allocate \(byteCount) bytes")
        }
        // A matter of speed only: the kernel is free not to have any.
        if isLarge { _ = unsafe madvise(allocated, byteCount, MADV_HUGEPAGE) }
        unsafe base = allocated
        self.byteCount = byteCount
        pool = nil
    }

    /// A slot that `pool` gives to nobody else until this object is gone.
    init(slot base: UnsafeMutableRawPointer, of pool: SlotPool) {
        unsafe self.base = unsafe base
        byteCount = pool.slotByteCount
        self.pool = pool
    }

    deinit {
        if let pool { unsafe pool.takeBack(base) } else { unsafe free(base) }
    }

    /// No bytes at all.
    public static let empty = AlignedBuffer()

    private init() {
        unsafe base = .allocate(byteCount: 1, alignment: 64)
        byteCount = 0
        pool = nil
    }

    /// Allocates `byteCount` bytes and lets `fill` write them.
    public static func create(
        byteCount: Int, alignment: Int = 4096, fill: (inout MutableRawSpan) throws -> Void
    ) throws -> AlignedBuffer {
        let buffer = try AlignedBuffer(byteCount: byteCount, alignment: alignment)
        let bytes = unsafe UnsafeMutableRawBufferPointer(start: buffer.base, count: byteCount)
        var span = unsafe MutableRawSpan(_unsafeBytes: bytes)
        try fill(&span)
        return buffer
    }

    /// Calls `body` with the bytes.
    public func withBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
        try body(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: base, count: byteCount)))
    }

    /// Copies the bytes of `range` to `offset` of `destination`, which has room for them.
    public func copy(_ range: Range<Int>, into destination: inout MutableRawSpan, at offset: Int) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "copy from beyond the buffer")
        precondition(offset >= 0 && offset + range.count <= destination.byteCount, "no room for the copy")
        unsafe destination.withUnsafeMutableBytes { bytes in
            unsafe bytes.baseAddress.map {
                unsafe ($0 + offset).copyMemory(from: base + range.lowerBound, byteCount: range.count)
            }
        }
    }

    /// The first byte. Valid while the object lives; only kernels use it.
    @unsafe public var pointer: UnsafeRawPointer { unsafe UnsafeRawPointer(base) }
}
