import CKernels
import Glibc
import Kernels
import Testing

@Suite struct QuantizeTests {
    static let searched: [WeightType] = [.q4_0, .q4_1, .q5_0, .iq4NL, .mxfp4]
    static let types: [WeightType] = searched + [.q8_0, .f16, .bf16, .f32]

    /// Rows of values as weights have them: bell-shaped, some with outliers, of one sign, tiny or large.
    static func weights(blocks: Int, seed: UInt64 = 3) -> [Float] {
        var numbers = ComputeTests.Numbers(state: seed)
        return (0..<blocks).flatMap { block -> [Float] in
            let scale = [0.02, 1, 3e-5, 100, 0.3][block % 5] as Float
            return (0..<32).map { column in
                var value = scale * (numbers.next() + numbers.next() + numbers.next())
                if block % 7 == 3 && column == block % 32 { value *= 9 }
                if block % 11 == 5 { value = abs(value) + scale }
                return value
            }
        }
    }

    static func restored(_ type: WeightType, _ values: [Float]) throws -> [Float] {
        let blocks = try #require(type.quantize(values))
        var result = [Float](repeating: .nan, count: values.count)
        type.dequantize(blocks.span.bytes, into: &result)
        return result
    }

    /// What a search minimises, of one block.
    static func error(_ values: ArraySlice<Float>, _ result: ArraySlice<Float>) -> Double {
        let mean = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
        return zip(values, result).reduce(0) {
            let (x, off) = (Double($1.0), Double($1.0) - Double($1.1))
            return $0 + (x * x + 4 * mean) * off * off
        }
    }

    /// The usual quantizer: the scale from the largest value, and the nearest codes.
    static func naive(_ type: WeightType, _ block: ArraySlice<Float>) -> [Float] {
        let extreme = block.first { abs($0) == block.map(abs).max() } ?? 0
        let (low, high) = (block.min() ?? 0, block.max() ?? 0)
        let nonlinear: [Float] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
        let halves: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
        let (scale, offset, levels): (Float, Float, [Float]) =
            switch type {
            case .q4_0: (extreme / -8, 0, (-8...7).map { Float($0) })
            case .q5_0: (extreme / -16, 0, (-16...15).map { Float($0) })
            case .iq4NL: (extreme / -127, 0, nonlinear)
            case .q4_1: ((high - low) / 15, low, (0...15).map { Float($0) })
            default: (extreme == 0 ? 0 : exp2f(floorf(log2f(abs(extreme))) - 2), 0, halves + halves.map { -$0 })
            }
        func half(_ value: Float) -> Float { type == .mxfp4 ? value : restoredHalf(value) }
        return block.map { x in
            let candidates = levels.map { half(scale) * $0 + half(offset) }
            return candidates.min { abs($0 - x) < abs($1 - x) } ?? 0
        }
    }

    static func restoredHalf(_ value: Float) -> Float { (try? restored(.f16, [value]))?.first ?? .nan }

    @Test(arguments: searched) func noBlockIsWorseThanTheNaiveOne(type: WeightType) throws {
        let values = Self.weights(blocks: 500)
        let result = try Self.restored(type, values)
        var (sum, naiveSum) = (0.0, 0.0)
        for start in stride(from: 0, to: values.count, by: 32) {
            let block = values[start..<start + 32]
            let error = Self.error(block, result[start..<start + 32])
            let naive = Self.error(block, Self.naive(type, block)[...])
            #expect(error <= naive * 1.00001, "block \(start / 32)")
            if naive > 0 { (sum, naiveSum) = (sum + error / naive, naiveSum + 1) }
        }
        // The search must be worth its time; MXFP4 has only powers of two to choose from.
        #expect(sum / naiveSum < (type == .mxfp4 ? 1 : 0.95), "\(sum / naiveSum)")
    }

    @Test(arguments: types) func everyMachineMakesTheSameBytes(type: WeightType) throws {
        let values = Self.weights(blocks: 300, seed: 8) + [Float](repeating: 0, count: 32)
        let blocks = try #require(type.quantize(values))
        var generic = [UInt8](repeating: 0, count: blocks.count)
        #expect(ck_quantize_rows_generic(type.rawValue, values, Int64(values.count), &generic) == 1)
        #expect(blocks == generic)
        // A row may be quantized in parts.
        let parts = try stride(from: 0, to: values.count, by: 32).flatMap {
            try #require(type.quantize(Array(values[$0..<$0 + 32])))
        }
        #expect(parts == blocks)
    }

    @Test(arguments: [.f32, .f16, .bf16, .mxfp4] as [WeightType])
    func valuesOfTheFormatStayAsTheyAre(type: WeightType) throws {
        let values = try Self.restored(type, Self.weights(blocks: 40))
        let again = try Self.restored(type, values)
        #expect(again == values)
    }

    @Test(arguments: types) func valuesThatAreNotFiniteAreRefused(type: WeightType) {
        for wrong in [Float.nan, -.nan, .infinity, -.infinity, .signalingNaN] {
            for place in [0, 31, 32, 95] {
                var values = Self.weights(blocks: 3)
                values[place] = wrong
                #expect(type.quantize(values) == nil)
            }
        }
    }

    @Test func valuesBeyondAFormatAreRefused() {
        func block(_ value: Float) -> [Float] { [Float](repeating: 1, count: 31) + [value] }
        for (type, largest) in [
            (.f16, 65519), (.q8_0, 127 * 65504), (.q4_0, 8 * 65504), (.q4_1, 65504), (.q5_0, 16 * 65504),
        ] as [(WeightType, Float)] {
            #expect(type.quantize(block(-largest)) != nil)
            #expect(type.quantize(block(largest * 1.001)) == nil)
        }
        #expect(WeightType.bf16.quantize([.greatestFiniteMagnitude]) == nil)
        #expect(WeightType.mxfp4.quantize(block(.greatestFiniteMagnitude)) != nil)
    }

    @Test(arguments: searched + [.q8_0]) func edgeBlocksAreRight(type: WeightType) throws {
        let zeros = try Self.restored(type, [Float](repeating: 0, count: 32))
        #expect(zeros.allSatisfy { $0 == 0 })
        // Too small for a half: zero, or at least no further away than it is from zero.
        for tiny in [Float.leastNonzeroMagnitude, Float.leastNormalMagnitude / 4, 1e-30, 3e-8] {
            let result = try Self.restored(type, (0..<32).map { $0 % 2 == 0 ? tiny : -tiny })
            #expect(result.allSatisfy { abs($0) <= 2 * tiny })
        }
        // One value alone comes back nearly as it is.
        for value in [1, -1, 0.37, -4000] as [Float] {
            var values = [Float](repeating: 0, count: 32)
            values[17] = value
            let result = try Self.restored(type, values)
            #expect(abs(result[17] - value) <= abs(value) * (type == .mxfp4 ? 0.26 : 2e-3))
        }
        // So do equal values.
        let equal = try Self.restored(type, [Float](repeating: 0.5, count: 32))
        #expect(equal.allSatisfy { abs($0 - 0.5) < 1e-3 })
    }

    /// ggml's reference: d = max|x| / 127, codes by the unrounded reciprocal, halves away from zero.
    @Test func q8IsTheReferenceBitForBit() throws {
        var values = Self.weights(blocks: 200)
        values += (0..<32).map { $0 == 0 ? 127 : Float($0) - 15.5 }  // halves
        let blocks = try #require(WeightType.q8_0.quantize(values))
        for (index, start) in stride(from: 0, to: values.count, by: 32).enumerated() {
            let block = values[start..<start + 32]
            let scale = (block.map(abs).max() ?? 0) / 127
            let inverse = scale == 0 ? 0 : 1 / scale
            let expected = block.map { UInt8(bitPattern: Int8(($0 * inverse).rounded(.toNearestOrAwayFromZero))) }
            #expect(Array(blocks[34 * index + 2..<34 * index + 34]) == expected)
            let half = try #require(WeightType.f16.quantize([scale]))
            #expect(Array(blocks[34 * index..<34 * index + 2]) == half)
        }
    }

    @Test func formatsWithoutQuantizerSaySo() {
        for type in Self.types { #expect(type.canQuantize) }
        #expect(WeightType.allCases.count { $0.canQuantize } == Self.types.count)
    }
}
