import Glibc
import Kernels
import Memory
import Testing

@Suite struct ComputeTests {
    /// A small deterministic generator, so that failures repeat.
    struct Numbers {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        mutating func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
        }
    }

    static func matrix(_ values: [Float], rows: Int, columns: Int) throws -> WeightMatrix {
        let vector = try AlignedBuffer.create(byteCount: values.count * 4) { bytes in
            for (i, value) in values.enumerated() { bytes.storeBytes(of: value, toByteOffset: 4 * i, as: Float.self) }
        }
        return WeightMatrix(type: .f32, rows: rows, columns: columns, storage: vector)
    }

    static func activations(_ values: [Float], rows: Int, columns: Int) -> Activations {
        let activations = Activations(rowCount: rows, width: columns)
        for (i, value) in values.enumerated() { activations[i / columns, i % columns] = value }
        return activations
    }

    @Test(arguments: [(1, 1, 1), (3, 5, 2), (16, 16, 1), (33, 47, 3), (200, 129, 5)])
    func multipliesAsTheDefinition(rows: Int, columns: Int, tokens: Int) throws {
        var numbers = Numbers()
        let w = (0..<rows * columns).map { _ in numbers.next() }
        let x = (0..<tokens * columns).map { _ in numbers.next() }
        let matrix = try Self.matrix(w, rows: rows, columns: columns)
        let input = Self.activations(x, rows: tokens, columns: columns)
        let output = Activations(rowCount: tokens, width: rows)
        Compute(threadCount: 3).multiply(matrix, input.view, into: output.view)
        let back = Activations(rowCount: tokens, width: columns)
        Compute.multiplyTransposedSerially(matrix, output.view, into: back.view)
        for t in 0..<tokens {
            for r in 0..<rows {
                let expected = (0..<columns).reduce(0.0) {
                    $0 + Double(w[r * columns + $1]) * Double(x[t * columns + $1])
                }
                #expect(abs(Double(output[t, r]) - expected) < 1e-4)
            }
            for c in 0..<columns {
                let expected = (0..<rows).reduce(0.0) { $0 + Double(output[t, $1]) * Double(w[$1 * columns + c]) }
                #expect(abs(Double(back[t, c]) - expected) < 1e-3)
            }
        }
    }

    @Test func resultsDoNotDependOnThreadsOrBatch() throws {
        var numbers = Numbers()
        let (rows, columns, tokens) = (301, 130, 4)
        let matrix = try Self.matrix((0..<rows * columns).map { _ in numbers.next() }, rows: rows, columns: columns)
        let input = Self.activations((0..<tokens * columns).map { _ in numbers.next() }, rows: tokens, columns: columns)
        func product(threads: Int) -> [Float] {
            let output = Activations(rowCount: tokens, width: rows)
            Compute(threadCount: threads).multiply(matrix, input.view, into: output.view)
            return output.view.values
        }
        let one = product(threads: 1)
        #expect(product(threads: 2) == one)
        #expect(product(threads: 5) == one)
        for t in 0..<tokens {
            let single = Activations(rowCount: 1, width: rows)
            Compute(threadCount: 1).multiplySerially(matrix, rows: 0..<rows, input.row(t), into: single.view)
            #expect(single.view.values == Array(one[t * rows..<(t + 1) * rows]))
        }
    }

    @Test func blockScalesApplyToPartialEdgeBlocksAndSlices() throws {
        let (rows, columns, block) = (5, 7, 3)
        let codes = (0..<rows * columns).map { UInt8(0x30 + $0 % 16) }
        let storage = try AlignedBuffer.create(byteCount: codes.count) { bytes in
            for (i, code) in codes.enumerated() { bytes.storeBytes(of: code, toByteOffset: i, as: UInt8.self) }
        }
        let factors: [Float] = [1, 2, 4, 8, 16, 32]
        let grid = try AlignedBuffer.create(byteCount: 24) { bytes in
            for (i, factor) in factors.enumerated() {
                bytes.storeBytes(of: factor, toByteOffset: 4 * i, as: Float.self)
            }
        }
        let scales = BlockScales(values: grid, blockRows: block, blockColumns: block, columns: columns)
        let matrix = WeightMatrix(type: .f8E4M3, rows: rows, columns: columns, storage: storage, scales: scales)
        let row = Activations(rowCount: 1, width: columns)
        for r in 0..<rows {
            for slice in [matrix, matrix.rows(r..<rows)] {
                Compute.copyRow(slice.rows == rows ? r : 0, of: slice, into: row.view)
                for c in 0..<columns {
                    let code = Int(codes[r * columns + c])
                    let plain =
                        (1 + Float(code & 7) / 8) * Float(sign: .plus, exponent: (code >> 3) - 7, significand: 1)
                    #expect(row[0, c] == plain * factors[r / block * 3 + c / block])
                }
            }
        }
    }

    @Test(arguments: [CachedRows.Element.f32, .f16]) func softmaxAttentionWeighsVisibleValues(
        element: CachedRows.Element
    ) {
        let rows = CachedRows(capacity: 4, width: 3, element: element)
        rows.store(Self.activations([1, 0, 10, 0, 1, 20, 1, 1, 30, 9, 9, 99], rows: 4, columns: 3).view, at: 0)
        let queries = Self.activations([2, 0, 2, 0], rows: 2, columns: 2)
        let scores = Activations(rowCount: 2, width: 4)
        let out = Activations(rowCount: 2, width: 1)
        Compute.attend(
            queries: queries.view, keys: rows.rows(4, columns: 0..<2), values: rows.rows(4, columns: 2..<3),
            visible: [3, 1], scale: 0.5, scores: scores.view, into: out.view)
        let e = Float(M_E)
        #expect(abs(out[0, 0] - (10 * e + 20 + 30 * e) / (2 * e + 1)) < 1e-5)
        #expect(out[1, 0] == 10)
    }

    @Test func ropeLayoutsArePermutationsOfEachOther() {
        let (cosine, sine): ([Float], [Float]) = ([0.8, 0.28], [0.6, 0.96])
        let interleaved = Self.activations([1, 2, 3, 4], rows: 1, columns: 4)
        let halves = Self.activations([1, 3, 2, 4], rows: 1, columns: 4)
        Compute.rope(interleaved.view, cosine: cosine.span, sine: sine.span, layout: .interleaved)
        Compute.rope(halves.view, cosine: cosine.span, sine: sine.span, layout: .halves)
        let (a, b) = (interleaved.view.values, halves.view.values)
        #expect(a == [b[0], b[2], b[1], b[3]])
        #expect(abs(a[0] - (0.8 - 1.2)) < 1e-6 && abs(a[1] - (1.6 + 0.6)) < 1e-6)
    }
}
