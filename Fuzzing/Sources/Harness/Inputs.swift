import CHarness
import Checkpoint
import Glibc
import JSON
import Kernels

/// Runs libFuzzer on a function that turns its bytes into files and tries them.
public func fuzz(_ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> Never {
    exit(charness_fuzz(CommandLine.argc, CommandLine.unsafeArgv, test))
}

/// What libFuzzer gives to a reader, turned into files. All return 0: the input is worth keeping.
public enum Inputs {
    private static let holeByteCount = 1 << 18
    private static let maximumDataByteCount = 1 << 40

    /// A GGUF file. After a last byte of 0, as a complete header has one, follow zeros enough for small tensors, so
    /// that the inputs need not hold any; other inputs end where they end.
    public static func gguf(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let bytes = UnsafeBufferPointer(start: data, count: count)
        Trial.run(ScratchFolder.shared.write(bytes, hole: bytes.last == 0 ? holeByteCount : 0, to: "input.gguf"))
        return 0
    }

    /// A packed store. If the input starts with `{`, it is the manifest: header and table go before it, with checksums
    /// that match and as long as the manifest asks for, and a hole behind it. Otherwise it is the whole file.
    public static func store(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let bytes = UnsafeBufferPointer(start: data, count: count)
        let scratch = ScratchFolder.shared
        if bytes.first == UInt8(ascii: "{") {
            let (file, hole) = storeFile(manifest: Array(bytes))
            Trial.run(scratch.write(file, hole: hole, to: "input.minke"))
        } else {
            Trial.run(scratch.write(bytes, hole: bytes.last == 0 ? holeByteCount : 0, to: "input.minke"))
        }
        return 0
    }

    /// A store's bytes up to its data, and the length of the data.
    private static func storeFile(manifest text: [UInt8]) -> (bytes: [UInt8], hole: Int) {
        var manifest = try? StoreManifest(text, path: "input.minke")
        let needed = manifest?.place() ?? (byteCount: 0, checksumCount: 0)
        // As many as the limits of a trial allow; a model of more matrices gets no table, aliases or not.
        let pieceCount = (manifest?.tensors ?? []).reduce(0) { $0 + $1.extent.pieceCount }
        let matrixCount = (manifest?.records ?? []).reduce(pieceCount) { $0 + $1.count * $1.parts.count }
        let checksumCount = matrixCount <= 1 << 12 ? min(needed.checksumCount, 1 << 12) : 0
        let hole = min(needed.byteCount, maximumDataByteCount)
        func pages(_ bytes: [UInt8]) -> [UInt8] {
            bytes + [UInt8](repeating: 0, count: StoreHeader.padded(bytes.count) - bytes.count)
        }
        let (manifestPages, table) = (pages(text), pages([UInt8](repeating: 0, count: 4 * checksumCount)))
        let header = StoreHeader(
            fileByteCount: StoreHeader.pageByteCount + manifestPages.count + table.count + hole,
            manifestByteCount: text.count, manifestChecksum: CRC32C.checksum(manifestPages),
            checksumCount: checksumCount, tableChecksum: CRC32C.checksum(table))
        return (header.bytes + manifestPages + table, hole)
    }

    /// A folder: config.json up to the first zero byte (and the same as generation_config.json), model.safetensors
    /// behind it. If that starts with `{`, it is the JSON of a header; its length goes before it, and a hole of the
    /// size that its data_offsets ask for behind it. Otherwise it is the whole file.
    public static func folder(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let bytes = UnsafeBufferPointer(start: data, count: count)
        let configuration = bytes.prefix { $0 != 0 }
        let rest = bytes.dropFirst(configuration.count + 1)
        let scratch = ScratchFolder.shared
        _ = scratch.write(configuration, to: "config.json")
        _ = scratch.write(configuration, to: "generation_config.json")
        if rest.first == UInt8(ascii: "{") {
            let length = (0..<8).map { UInt8(truncatingIfNeeded: rest.count >> (8 * $0)) }
            _ = scratch.write(length + rest, hole: dataByteCount(Array(rest)), to: "model.safetensors")
        } else {
            _ = scratch.write(rest, to: "model.safetensors")
        }
        Trial.run(scratch.path)
        return 0
    }

    /// Where the last tensor of a safetensors header ends.
    private static func dataByteCount(_ header: [UInt8]) -> Int {
        guard let members = try? JSONValue.parse(header).objectValue?.members else { return 0 }
        let ends = members.compactMap { member -> Int? in
            guard let offsets = member.value["data_offsets"]?.arrayValue, offsets.count == 2 else { return nil }
            return offsets[1].intValue
        }
        return min(max(0, ends.max() ?? 0), maximumDataByteCount)
    }
}
