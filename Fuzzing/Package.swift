// swift-tools-version: 6.2
import PackageDescription

/// Pointers come from libFuzzer: no strict memory safety here. Tools/fuzz.sh passes the sanitizers' flags, which the
/// targets of the root package need too.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]

func fuzzer(_ name: String, path: String) -> Target {
    .executableTarget(
        name: name, dependencies: ["Harness"], path: "Sources/" + path,
        swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
        linkerSettings: [.unsafeFlags(["-use-ld=lld", "-sanitize=fuzzer,address"])])
}

let package = Package(
    name: "minke-fuzzing",
    dependencies: [.package(name: "minke", path: "..")],
    targets: [
        .target(name: "CHarness"),
        .target(
            name: "Harness",
            dependencies: ["CHarness", .product(name: "MinkeCheckpoint", package: "minke")],
            swiftSettings: strict),
        fuzzer("fuzz-gguf", path: "FuzzGGUF"),
        fuzzer("fuzz-safetensors", path: "FuzzSafetensors"),
        fuzzer("fuzz-store", path: "FuzzStore"),
    ],
    swiftLanguageModes: [.v6]
)
