import CKernels
import Memory

/// A format that weights are stored in. Raw values below 1000 are ggml's type ids.
public enum WeightType: UInt32, Sendable, CaseIterable {
    case f32 = 0
    case f16 = 1
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q4_0 = 2
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q4_1 = 3
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q5_0 = 6
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q5_1 = 7
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q8_0 = 8
    case q2K = 10
    case q3K = 11
    case q4K = 12
    case q5K = 13
    case q6K = 14
    case iq4NL = 20
    case iq4XS = 23
    case bf16 = 30
    case mxfp4 = 39
    case nvfp4 = 40
    case f8E4M3 = 1000

    /// Values in one block; a row is a whole number of blocks.
    public var blockLength: Int {
        switch self {
        case .f32, .f16, .bf16, .f8E4M3: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .iq4NL, .mxfp4: 32
        case .nvfp4: 64
        case .q2K, .q3K, .q4K, .q5K, .q6K, .iq4XS: 256
        }
    }

    /// Bytes of one block.
    public var blockByteCount: Int {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .f8E4M3: 1
        case .q4_0, .iq4NL: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .mxfp4: 17
        case .nvfp4: 36
        case .q2K: 84
        case .q3K: 110
        case .q4K: 144
        case .q5K: 176
        case .q6K: 210
        case .iq4XS: 136
        }
    }

    /// The name people know it by.
    public var name: String {
        switch self {
        case .f32: "F32"
        case .f16: "F16"
        case .bf16: "BF16"
        case .f8E4M3: "F8_E4M3"
        case .q4_0: "Q4_0"
        case .q4_1: "Q4_1"
        case .q5_0: "Q5_0"
        case .q5_1: "Q5_1"
        case .q8_0: "Q8_0"
        case .q2K: "Q2_K"
        case .q3K: "Q3_K"
        case .q4K: "Q4_K"
        case .q5K: "Q5_K"
        case .q6K: "Q6_K"
        case .iq4NL: "IQ4_NL"
        case .iq4XS: "IQ4_XS"
        case .mxfp4: "MXFP4"
        case .nvfp4: "NVFP4"
        }
    }

    /// Bytes of a row of `columns` values, or `nil` if that is no whole number of blocks or cannot be counted.
    public func rowByteCount(columns: Int) -> Int? {
        guard columns >= 0, columns % blockLength == 0 else { return nil }
        let (byteCount, overflow) = (columns / blockLength).multipliedReportingOverflow(by: blockByteCount)
        return overflow ? nil : byteCount
    }

    /// Turns whole blocks into floats. `blocks` holds exactly the bytes of `values.count` values.
    public func dequantize(_ blocks: RawSpan, into values: inout [Float]) {
        unsafe values.withUnsafeMutableBytes { values in
            unsafe dequantize(blocks, into: values)
        }
    }

    /// The values in `blocks`, whole ones, as a block of floats.
    public func floats(_ blocks: AlignedBuffer, count: Int) throws -> AlignedBuffer {
        try .create(byteCount: count * MemoryLayout<Float>.stride, alignment: 64) { bytes in
            unsafe bytes.withUnsafeMutableBytes { values in
                blocks.withBytes { unsafe dequantize($0, into: values) }
            }
        }
    }

    private func dequantize(_ blocks: RawSpan, into values: UnsafeMutableRawBufferPointer) {
        let count = values.count / MemoryLayout<Float>.stride
        precondition(rowByteCount(columns: count) == blocks.byteCount, "blocks and values differ in length")
        guard let function = unsafe ck_dequantize_generic(rawValue) else {
            preconditionFailure("\(name) has no kernel")
        }
        unsafe blocks.withUnsafeBytes { source in
            guard let from = source.baseAddress, let to = values.baseAddress else { return }
            unsafe function(from, to.assumingMemoryBound(to: Float.self), Int64(count))
        }
    }
}
