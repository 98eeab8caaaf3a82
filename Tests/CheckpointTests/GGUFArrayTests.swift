import Scratch
import Testing
import Timing

@testable import Checkpoint

/// Arrays of numbers are read a window at a time; what they hold must not depend on that.
@Suite struct GGUFArrayTests {
    static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<MemoryLayout<Value>.size).map { UInt8(truncatingIfNeeded: value >> (8 * Value($0))) }
    }

    static func text(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }

    /// A file with an array between two other values, and where the array's elements begin.
    static func file(_ type: GGUFValueType, count: Int, _ elements: [UInt8]) -> (bytes: [UInt8], start: Int) {
        var file = Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(0)) + bytes(UInt64(3))
        file += text("first") + bytes(GGUFValueType.uint8.rawValue) + [7]
        file += text("array") + bytes(GGUFValueType.array.rawValue) + bytes(type.rawValue) + bytes(UInt64(count))
        let start = file.count
        file += elements + text("last") + bytes(GGUFValueType.string.rawValue) + text("end")
        return (file, start)
    }

    /// From memory, and from a file through a window.
    static func read(_ bytes: [UInt8]) throws -> [[String: GGUFValue]] {
        var values = [try GGUFHeader.metadata(in: bytes, path: "memory")]
        try ScratchFolder.use { folder in
            try TemporaryFile.withContents((bytes + [UInt8](repeating: 0, count: 32))[...], at: folder + "/a.gguf") {
                values.append(try GGUFHeader(try InputFile(path: folder + "/a.gguf"), fileIndex: 0).metadata)
            }
        }
        return values
    }

    static func check<Value: FixedWidthInteger>(
        _ type: GGUFValueType, _ value: (Int) -> Value, _ expected: ([Value]) -> GGUFValue
    ) throws {
        // Around the window of 64 KiB too.
        for count in [0, 1, 3, 8191, 8192, 65_535, 65_536, 65_537, 100_003] {
            let values = (0..<count).map(value)
            for metadata in try read(file(type, count: count, values.flatMap { bytes($0) }).bytes) {
                #expect(metadata["array"] == expected(values), "\(type), \(count) elements")
                #expect(metadata["first"] == .integer(7) && metadata["last"] == .string("end"))
            }
        }
    }

    static func noise(_ index: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: index &+ 1) &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(truncatingIfNeeded: index) << 31
    }

    @Test func integersOfAllTypesAreWhatTheFileHolds() throws {
        func integers<Value: FixedWidthInteger>(_ values: [Value]) -> GGUFValue { .integers(values.map { Int($0) }) }
        try Self.check(.uint8, { UInt8(truncatingIfNeeded: Self.noise($0) >> 7) }, integers)
        try Self.check(.int8, { Int8(truncatingIfNeeded: Self.noise($0) >> 7) }, integers)
        try Self.check(.uint16, { UInt16(truncatingIfNeeded: Self.noise($0) >> 7) }, integers)
        try Self.check(.int16, { Int16(truncatingIfNeeded: Self.noise($0) >> 7) }, integers)
        try Self.check(.uint32, { UInt32(truncatingIfNeeded: Self.noise($0) >> 7) }, integers)
        try Self.check(.int32, { Int32(truncatingIfNeeded: Self.noise($0) >> 7) }, integers)
        try Self.check(.int64, { Int64(truncatingIfNeeded: Self.noise($0)) }, integers)
        try Self.check(.uint64, { Self.noise($0) >> 1 }, integers)
        try Self.check(.bool, { UInt8(Self.noise($0) >> 7 & 1) }, integers)
    }

    @Test func floatsOfBothTypesAreWhatTheFileHolds() throws {
        // Exponents of finite numbers.
        try Self.check(.float32, { UInt32(truncatingIfNeeded: Self.noise($0)) & 0xbfff_ffff }) { values in
            .floats(values.map { Float(bitPattern: $0) })
        }
        try Self.check(.float64, { Self.noise($0) & 0xbfff_ffff_ffff_ffff | 0x3f00_0000_0000_0000 }) { values in
            .floats(values.map { Float(Double(bitPattern: $0)) })
        }
    }

    @Test func stringsStayWhatTheyWere() throws {
        let elements = (0..<5000).map { "word \($0)" }
        for metadata in try Self.read(Self.file(.string, count: 5000, elements.flatMap { Self.text($0) }).bytes) {
            #expect(metadata["array"] == .strings(elements))
        }
    }

    /// The element is named by its offset, as if they were read one by one.
    @Test(arguments: [0, 8191, 8192, 70_000]) func badElementsAreRefusedWhereTheyAre(position: Int) throws {
        let count = 80_000
        func expect(_ type: GGUFValueType, _ elements: [UInt8], width: Int, _ message: String) throws {
            let (bytes, start) = Self.file(type, count: count, elements)
            let error = #expect(throws: CheckpointError.self) { try Self.read(bytes) }
            #expect(error?.code == .malformed && error?.field == "array" && error?.message == message)
            #expect(error?.offset == start + position * width)
        }
        var flags = [UInt8](repeating: 1, count: count)
        flags[position] = 2
        try expect(.bool, flags, width: 1, "boolean is 2")
        let numbers = (0..<count).flatMap { Self.bytes($0 == position ? UInt64.max : UInt64($0)) }
        try expect(.uint64, numbers, width: 8, "array element is out of range")
    }

    @Test func arraysBeyondTheFileAreRefusedBeforeMemoryIsTaken() throws {
        for type in [GGUFValueType.uint8, .int16, .float32, .float64, .bool] {
            let (bytes, _) = Self.file(type, count: 1 << 20, [1, 0, 1])
            let error = #expect(throws: CheckpointError.self) { try Self.read(bytes) }
            #expect(error?.code == .truncated && error?.field == "array")
            #expect(error?.message == "an array of 1048576 elements ends beyond the file")
        }
    }

    @Test func aMillionNumbersAreReadInBulk() throws {
        let (bytes, _) = Self.file(.uint8, count: 1_000_000, [UInt8](repeating: 9, count: 1_000_000))
        // Far above what it takes, even without optimisation.
        #expect(try takesAtMost(.milliseconds(150)) { _ = try GGUFHeader.metadata(in: bytes, path: "") })
    }
}
