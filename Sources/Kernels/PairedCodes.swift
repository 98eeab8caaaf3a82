import CKernels

/// MXFP4 as Hugging Face folders hold it: codes of neighbouring columns in pairs, one scale for 32 of them elsewhere.
///
/// The blocks that kernels know (ggml's) hold the same codes in another order, behind their scale.
public enum PairedCodes {
    /// Values that share a scale.
    public static let blockLength = 32
    /// Bytes of a block's codes.
    public static let codeByteCount = 16

    /// Makes `count` blocks at `place` of `bytes`, of the codes that lie there from `codes` on and of `scales`.
    ///
    /// Codes that are no longer needed may be overwritten: `place + count <= codes` is enough.
    /// - Returns: the number of the first scale that is NaN; blocks from there on are not made. `nil` if all are.
    public static func join(
        _ count: Int, codes: Int, scales: [UInt8], in bytes: inout MutableRawSpan, at place: Int
    ) -> Int? {
        check(count, codes: codes, place: place, byteCount: bytes.byteCount)
        precondition(scales.count >= count, "scales are missing")
        let bad = unsafe scales.withUnsafeBytes { scales in
            unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe join(count, codes, scales.baseAddress, bytes.baseAddress, place)
            }
        }
        return bad < 0 ? nil : bad
    }

    /// The same with the scales in the same memory, from `scales` on, where no block is made.
    public static func join(
        _ count: Int, codes: Int, scales: Int, in bytes: inout MutableRawSpan, at place: Int
    ) -> Int? {
        check(count, codes: codes, place: place, byteCount: bytes.byteCount)
        let blocks = place..<place + count * WeightType.mxfp4.blockByteCount
        precondition(
            scales >= 0 && scales + count <= bytes.byteCount && !blocks.overlaps(scales..<scales + count),
            "scales are missing")
        let bad = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe join(
                count, codes, bytes.baseAddress.map { unsafe UnsafeRawPointer($0 + scales) }, bytes.baseAddress, place)
        }
        return bad < 0 ? nil : bad
    }

    private static func join(
        _ count: Int, _ codes: Int, _ scales: UnsafeRawPointer?, _ bytes: UnsafeMutableRawPointer?, _ place: Int
    ) -> Int {
        guard let scales = unsafe scales, let bytes = unsafe bytes else { return -1 }
        return Int(unsafe ck_join_mxfp4(bytes + codes, scales, Int64(count), bytes + place))
    }

    private static func check(_ count: Int, codes: Int, place: Int, byteCount: Int) {
        let end = place + count * WeightType.mxfp4.blockByteCount
        precondition(count >= 0 && place >= 0 && end <= byteCount, "no room for the blocks")
        precondition(codes >= 0 && codes + count * codeByteCount <= byteCount, "codes are missing")
        precondition(
            place + count <= codes || end <= codes || codes + count * codeByteCount <= place,
            "blocks would overwrite codes")
    }
}
