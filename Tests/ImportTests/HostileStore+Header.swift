import Checkpoint
import JSON

/// Lies of the header.
extension HostileStore {
    static let header: [HostileStore] = [
        HostileStore("another magic", header: 0, 0x45_4B_4E_49_4D, .malformed, "magic"),
        HostileStore("the line ends of another system", header: 5, 0x0A_0A_1A, byteCount: 3, .malformed, "magic"),
        HostileStore("version 0", header: 8, 0, byteCount: 4, .unsupported, "version"),
        HostileStore("version 2", header: 8, 2, byteCount: 4, .unsupported, "version"),
        HostileStore("version 1 in big-endian order", header: 8, 1 << 24, byteCount: 4, .unsupported, "version"),
        HostileStore("another manifest checksum", header: 12, 1, byteCount: 4, .corrupt, "manifest"),
        HostileStore("a file of no bytes", header: 16, 0, .malformed, "file length"),
        HostileStore("a file of 2⁵⁶ bytes", header: 16, 1 << 56, .truncated, "file length"),
        HostileStore("a file of 2⁶⁴ - 1 bytes", header: 16, .max, .limitExceeded, "file length"),
        HostileStore("a manifest of no bytes", header: 24, 0, .corrupt, "manifest"),
        HostileStore("a manifest of 2⁶³ bytes", header: 24, 1 << 63, .limitExceeded, "manifest length"),
        HostileStore("a manifest of 2⁴⁰ bytes", header: 24, 1 << 40, .limitExceeded, "manifest length"),
        HostileStore("a manifest longer than the file", header: 24, 1 << 20, .truncated, "manifest length"),
        HostileStore("a manifest that would be long to read", .limitExceeded, "manifest length") { image in
            image.manifest =
                Array("{\"source\":[0".utf8) + [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20) + Array("]}".utf8)
        },
        HostileStore("more checksums than there can be pieces", .limitExceeded, "checksum count") { image in
            image.checksums = [UInt32](repeating: 0, count: (1 << 20) + 1)
        },
        HostileStore("no checksums", header: 32, 0, .corrupt, "checksums"),
        HostileStore("2⁶³ checksums", header: 32, 1 << 63, .limitExceeded, "checksum count"),
        HostileStore("2³² checksums", header: 32, 1 << 32, .limitExceeded, "checksum count"),
        HostileStore("2¹⁹ checksums", header: 32, 1 << 19, .truncated, "manifest length"),
        HostileStore("another checksum of the table", header: 40, 1, byteCount: 4, .corrupt, "checksums"),
        HostileStore("a checksum less", .malformed, "checksum count") { $0.checksums.removeLast() },
        HostileStore("a checksum more", .malformed, "checksum count") { $0.checksums.append(0) },
        HostileStore("no checksum at all", .malformed, "file length") { image in
            image.checksums = []
            image.data += [UInt8](repeating: 0, count: 4096)
        },
    ]
}
