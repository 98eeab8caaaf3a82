import Checkpoint
import JSON

/// Manifests that cannot be read.
extension HostileStore {
    static let syntax: [HostileStore] = [
        HostileStore("an empty manifest", .malformed, "manifest") { $0.manifest = [] },
        HostileStore("a manifest of zeros", .malformed, "manifest") { image in
            image.manifest = [UInt8](repeating: 0, count: image.manifest.count)
        },
        HostileStore("a manifest that is an array", .malformed, "manifest") { $0.manifest = Array("[1, 2]".utf8) },
        HostileStore("a manifest that is a string", .malformed, "manifest") { $0.manifest = Array("\"a\"".utf8) },
        HostileStore("half a manifest", .malformed, "manifest") { $0.manifest.removeLast($0.manifest.count / 2) },
        HostileStore("a byte behind the manifest", .malformed, "manifest") { $0.manifest.append(UInt8(ascii: "}")) },
        HostileStore("a manifest that is no UTF-8", .malformed, "manifest") {
            $0.manifest = Array("{\"".utf8) + [0xFF, 0xFE]
        },
        HostileStore("100,000 arrays in each other", .malformed, "manifest") {
            $0.manifest = Array("{\"tensors\":".utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        },
        HostileStore("nine arrays in each other", .malformed, "manifest") {
            $0.manifest = Array("{\"source\":[[[[[[[[[]]]]]]]]]}".utf8)
        },
        HostileStore("a name twice", .malformed, "manifest") {
            $0.manifest.replaceSubrange(0..<1, with: Array("{\"tensors\":[],".utf8))
        },
        HostileStore("a name twice, inside", .malformed, "manifest") {
            $0.manifest = Array("{\"configuration\":{\"vocab_size\":1,\"vocab_size\":2}}".utf8)
        },
        HostileStore("an empty object", .invalidConfiguration, "configuration") { $0.manifest = Array("{}".utf8) },
    ]
}
