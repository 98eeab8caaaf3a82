import Synchronization

/// A slot that is being written, by several threads at once, each a range of its own. Callable from any thread.
@safe public final class SlotDraft: @unchecked Sendable {
    // Sendable: ranges that are written do not overlap, which `write` checks, and `finish` comes after them.
    private let buffer: AlignedBuffer
    private let base: UnsafeMutableRawPointer
    private let state = Mutex<(claimed: [Range<Int>], writingCount: Int)>(([], 0))

    init(_ buffer: AlignedBuffer, at base: UnsafeMutableRawPointer) {
        self.buffer = buffer
        unsafe self.base = unsafe base
    }

    /// Lets `body` write the bytes of `range`; nobody else has written or will write any of them.
    public func write<Failure: Error>(
        _ range: Range<Int>, _ body: (inout MutableRawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(range.lowerBound >= 0 && range.upperBound <= buffer.byteCount, "range beyond the slot")
        state.withLock { state in
            precondition(!state.claimed.contains { $0.overlaps(range) }, "two writers of one range")
            state.claimed.append(range)
            state.writingCount += 1
        }
        defer { state.withLock { $0.writingCount -= 1 } }
        var span = unsafe MutableRawSpan(
            _unsafeBytes: UnsafeMutableRawBufferPointer(start: base + range.lowerBound, count: range.count))
        try body(&span)
    }

    /// The slot, which is only read from now on.
    public func finish() -> AlignedBuffer {
        state.withLock { state in
            precondition(state.writingCount == 0, "the slot is being written")
            state.claimed = [0..<buffer.byteCount]
        }
        return buffer
    }
}
