import Kernels
import Memory
import Testing

/// The integer kernels: every instruction set gives the bits of the generic one, and those are right.
@Suite(.serialized) struct PackedTests {
    struct Shape: Sendable {
        let rows: Int
        let columns: Int
        let tokens: Int
    }

    /// Rows that are no whole group, every size of tile, rows of 32 and of 256 values and more.
    static let shapes = [
        Shape(rows: 1, columns: 32, tokens: 1), Shape(rows: 16, columns: 256, tokens: 4),
        Shape(rows: 7, columns: 96, tokens: 3), Shape(rows: 66, columns: 512, tokens: 21),
        Shape(rows: 33, columns: 1408, tokens: 9), Shape(rows: 128, columns: 768, tokens: 1),
    ]
    static let types: [WeightType] = [.q4_0, .q4_1, .q5_0, .q8_0, .iq4NL, .mxfp4, .q4K, .q6K]

    /// A type with every shape that is a whole number of its blocks.
    static let cases = types.flatMap { type in
        shapes.filter { $0.columns % type.blockLength == 0 }.map { (type, $0) }
    }

    /// Where a block has its F16 numbers.
    static func halves(_ type: WeightType) -> [Int] {
        switch type {
        case .q4_1, .q4K: [0, 2]
        case .q6K: [208]
        case .mxfp4: []
        default: [0]
        }
    }

    /// Random blocks with sane scales; every tenth block has a zero, a subnormal or a large scale and extreme quants.
    static func blocks(_ type: WeightType, rows: Int, columns: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var bytes: [UInt8] = []
        for index in 0..<rows * columns / type.blockLength {
            let isExtreme = index % 10 == 9
            let extreme = [0x00, 0xff, 0x80, 0x7f, 0x88][Int(next() % 5)] as UInt8
            var block = (0..<type.blockByteCount).map { _ in isExtreme ? extreme : UInt8(next() & 255) }
            for (order, place) in halves(type).enumerated() {
                // Halves from 2⁻¹⁰ to 2⁻³ of either sign, and now and then an extreme.
                var half = UInt16(0x1400 + next() % 0x1c00 | (next() & 1) << 15)
                if isExtreme && order == 0 { half = [0, 1, 0x5bff, 0x8000][Int(next() % 4)] }
                block[place] = UInt8(half & 255)
                block[place + 1] = UInt8(half >> 8)
            }
            if type == .mxfp4 { block[0] = isExtreme ? [0, 1, 2, 140][Int(next() % 4)] : UInt8(110 + next() % 20) }
            bytes += block
        }
        return bytes
    }

    static func matrix(_ type: WeightType, _ bytes: [UInt8], rows: Int, columns: Int) throws -> WeightMatrix {
        let storage = try AlignedBuffer.create(byteCount: bytes.count) { span in
            for (index, byte) in bytes.enumerated() { span.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        }
        return WeightMatrix(type: type, rows: rows, columns: columns, storage: storage)
    }

    static func packed(_ type: WeightType, _ bytes: [UInt8], rows: Int, columns: Int) throws -> WeightMatrix {
        let stored = try AlignedBuffer.create(byteCount: bytes.count) { span in
            for (index, byte) in bytes.enumerated() { span.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        }
        let byteCount = try #require(WeightMatrix.packedByteCount(type, rows: rows, columns: columns))
        let storage = try AlignedBuffer.create(byteCount: byteCount) { span in
            WeightMatrix.pack(type, rows: rows, columns: columns, from: stored, into: &span, at: 0)
        }
        return WeightMatrix(packed: type, rows: rows, columns: columns, storage: storage)
    }

    static func input(_ shape: Shape) -> Activations {
        var numbers = ComputeTests.Numbers()
        let x = Activations(rowCount: shape.tokens, width: shape.columns)
        for token in 0..<shape.tokens {
            for column in 0..<shape.columns {
                // A block of zeros and one with a single large value, too.
                x[token, column] = column / 32 == 1 ? (column == 40 ? 1e4 : 0) : token == 2 ? 0 : numbers.next()
            }
        }
        return x
    }

    static func product(_ set: String, _ matrix: WeightMatrix, _ x: Activations, threads: Int = 1) -> [Float] {
        #expect(InstructionSet.select(set))
        defer { _ = InstructionSet.select(InstructionSet.available[0]) }
        let y = Activations(rowCount: x.rowCount, width: matrix.rows)
        Compute(threadCount: threads).multiply(matrix, x.view, into: y.view)
        return y.view.values
    }

    @Test(arguments: cases) func everySetGivesTheSameBits(type: WeightType, shape: Shape) throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let bytes = Self.blocks(type, rows: shape.rows, columns: shape.columns, seed: seed)
            let packed = try Self.packed(type, bytes, rows: shape.rows, columns: shape.columns)
            let x = Self.input(shape)
            let expected = Self.product("generic", packed, x).map(\.bitPattern)
            for set in InstructionSet.available {
                for threads in [1, 3] {
                    let result = Self.product(set, packed, x, threads: threads).map(\.bitPattern)
                    #expect(result == expected, "\(set), \(threads) threads")
                }
            }
        }
    }

    /// The definition, computed in another way: quantized activations times dequantized weights.
    @Test(arguments: cases) func theGenericProductIsTheDefinition(type: WeightType, shape: Shape) throws {
        let bytes = Self.blocks(type, rows: shape.rows, columns: shape.columns, seed: 11)
        let plain = try Self.matrix(type, bytes, rows: shape.rows, columns: shape.columns)
        let x = Self.input(shape)
        let packed = try Self.packed(type, bytes, rows: shape.rows, columns: shape.columns)
        let result = Self.product("generic", packed, x)
        let row = Activations(rowCount: 1, width: shape.columns)
        for token in 0..<shape.tokens {
            let values = x.values(row: token)
            let quantized = stride(from: 0, to: shape.columns, by: 32).flatMap { start -> [Double] in
                let block = values[start..<start + 32].map { Double($0) }
                let scale = (block.map { abs($0) }.max() ?? 0) / 127
                return block.map { scale == 0 ? 0 : ($0 / scale).rounded(.toNearestOrEven) * scale }
            }
            for r in 0..<shape.rows {
                Compute.copyRow(r, of: plain, into: row.view)
                let weights = row.values(row: 0).map { Double($0) }
                let expected = zip(weights, quantized).reduce(0) { $0 + $1.0 * $1.1 }
                let magnitude = zip(weights, quantized).reduce(0) { $0 + abs($1.0 * $1.1) }
                // One step of a quant may fall the other way, and sums are F32.
                let step = zip(weights, quantized).map { abs($0.0) }.max() ?? 0
                let difference = abs(Double(result[token * shape.rows + r]) - expected)
                #expect(difference <= magnitude * 1e-2 + step * 1e-2)
            }
        }
    }

    @Test(arguments: types) func packingKeepsEveryRow(type: WeightType) throws {
        let (rows, columns) = (19, 512)
        let bytes = Self.blocks(type, rows: rows, columns: columns, seed: 5)
        let plain = try Self.matrix(type, bytes, rows: rows, columns: columns)
        let packed = try Self.packed(type, bytes, rows: rows, columns: columns)
        let (a, b) = (Activations(rowCount: 1, width: columns), Activations(rowCount: 1, width: columns))
        for row in 0..<rows {
            Compute.copyRow(row, of: plain, into: a.view)
            Compute.copyRow(row, of: packed, into: b.view)
            #expect(a.view.values.map(\.bitPattern) == b.view.values.map(\.bitPattern))
        }
    }

    @Test func onlyKnownSetsCanBeSelected() {
        #expect(InstructionSet.available.last == "generic")
        #expect(!InstructionSet.select("no such set"))
        #expect(InstructionSet.available.contains(InstructionSet.current))
    }

    @Test func otherTypesAndRowLengthsHaveNoPackedForm() {
        for type in [WeightType.f32, .q5K, .bf16] {
            #expect(WeightMatrix.packedByteCount(type, rows: 16, columns: 256) == nil)
        }
        #expect(WeightMatrix.packedByteCount(.q4_0, rows: 16, columns: 48) == nil)
        #expect(WeightMatrix.packedByteCount(.q6K, rows: 16, columns: 128) == nil)
        #expect(WeightMatrix.packedByteCount(.q4_0, rows: 17, columns: 64) == 2 * 2 * 288)
    }
}
