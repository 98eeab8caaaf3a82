extension SlotPool {
    /// Calls `body` with the bytes of `range` only, while a slot or a part of it is being written.
    public static func withPart<Failure: Error>(
        _ range: Range<Int>, of bytes: inout MutableRawSpan, _ body: (inout MutableRawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount, "part beyond the bytes")
        try unsafe bytes.withUnsafeMutableBytes { buffer throws(Failure) in
            var part = unsafe MutableRawSpan(
                _unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: buffer[range]))
            try body(&part)
        }
    }
}
