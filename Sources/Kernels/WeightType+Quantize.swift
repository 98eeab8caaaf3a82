import CKernels

extension WeightType {
    /// Whether weights can be turned into this format.
    public var canQuantize: Bool { ck_can_quantize(rawValue) == 1 }

    /// Turns `values`, whole blocks, into this format's bytes, the same on every machine; `nil` if one is not finite or too large for the format.
    public func quantize(_ values: [Float]) -> [UInt8]? {
        guard canQuantize, let byteCount = rowByteCount(columns: values.count) else {
            preconditionFailure("\(values.count) values cannot be \(name)")
        }
        var blocks = [UInt8](repeating: 0, count: byteCount)
        return unsafe quantize(values, count: values.count, into: &blocks) ? blocks : nil
    }

    /// The same on pointers: `count` values to the bytes of as many.
    func quantize(_ values: UnsafePointer<Float>, count: Int, into blocks: UnsafeMutableRawPointer) -> Bool {
        unsafe ck_quantize_rows(rawValue, values, Int64(count), blocks) == 1
    }
}
