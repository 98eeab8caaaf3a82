// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 mode, strict memory safety, no warnings.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]
/// Tests may use pointers freely, warnings still count.
let tests: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// Kernels are always optimised (a debug build must stay usable) and never contract a·b+c:
/// the same bits on every instruction set depend on it.
let kernels: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"])]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

// A source package has its dependencies beside it, and nothing to fetch.
let dependencies: [Package.Dependency] =
    if let folder = Context.environment["MINKE_VENDOR"] {
        [
            "swift-nio", "swift-argument-parser", "swift-log", "swift-atomics", "swift-collections", "swift-system",
        ].map { .package(path: "\(folder)/\($0)") }
    } else {
        [
            .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
            .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
            .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        ]
    }

let package = Package(
    name: "minke",
    products: [
        .executable(name: "minke", targets: ["minke"]),
        .executable(name: "minked", targets: ["minked"]),
        // For Benchmarks, a package of its own.
        .library(name: "MinkeKernels", targets: ["CKernels", "JSON", "Kernels", "Memory"]),
        // For Fuzzing, another one.
        .library(name: "MinkeCheckpoint", targets: ["Checkpoint", "CKernels", "JSON", "Kernels", "Memory"]),
    ],
    dependencies: dependencies,
    targets: [
        .target(
            name: "CKernels",
            exclude: [
                "arm_group.inc", "quantize.inc", "quantize_plain.inc", "quantize_scale.inc", "vector.inc",
                "x86_256.inc",
            ], cSettings: kernels),
        .target(name: "CLinux"),
        .target(name: "CGpio"),
        .target(name: "JSON", swiftSettings: strict),
        .target(name: "Memory", swiftSettings: strict),
        .target(name: "Kernels", dependencies: ["CKernels", "CLinux", "Memory"], swiftSettings: strict),
        .target(name: "Checkpoint", dependencies: ["CLinux", "JSON", "Memory", "Kernels"], swiftSettings: strict),
        .target(name: "ExpertStore", dependencies: ["Memory", "Kernels", "Checkpoint"], swiftSettings: strict),
        .target(name: "Tokenizer", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "Grammar", dependencies: ["JSON"], swiftSettings: strict),
        .target(
            name: "Inference",
            dependencies: ["JSON", "Memory", "Kernels", "Checkpoint", "ExpertStore", "Tokenizer", "Grammar"],
            swiftSettings: strict),
        .target(
            name: "Import", dependencies: ["CLinux", "Memory", "Kernels", "Checkpoint"], swiftSettings: strict),
        .target(name: "Server", dependencies: ["CLinux", logging] + nio, swiftSettings: strict),
        .target(
            name: "API", dependencies: ["JSON", "Tokenizer", "Grammar", "Inference", "Server"], swiftSettings: strict),
        .target(name: "Configuration", dependencies: ["Memory"], swiftSettings: strict),
        .target(name: "Board", dependencies: ["CGpio", "CLinux", "Memory", logging], swiftSettings: strict),
        .executableTarget(
            name: "minked",
            dependencies: [
                "CLinux", "Memory", "Kernels", "Inference", "Server", "API", "Board", "Configuration", arguments,
                logging,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "minke",
            dependencies: [
                "CLinux", "JSON", "Memory", "Kernels", "Checkpoint", "ExpertStore", "Tokenizer", "Inference", "Import",
                "Server", arguments,
            ],
            swiftSettings: strict),
        .target(name: "Timing", path: "Tests/Timing", swiftSettings: tests),
        .target(name: "Scratch", path: "Tests/Scratch", swiftSettings: tests),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: tests),
        .testTarget(name: "MemoryTests", dependencies: ["Memory"], swiftSettings: tests),
        .testTarget(name: "TokenizerTests", dependencies: ["Tokenizer", "JSON", "Timing"], swiftSettings: tests),
        .testTarget(name: "GrammarTests", dependencies: ["Grammar", "JSON"], swiftSettings: tests),
        .testTarget(
            name: "KernelsTests", dependencies: ["CKernels", "Kernels", "Memory", "Scratch"], swiftSettings: tests),
        .testTarget(
            name: "CheckpointTests", dependencies: ["Checkpoint", "JSON", "Timing", "Scratch"], swiftSettings: tests),
        .testTarget(
            name: "ExpertStoreTests", dependencies: ["ExpertStore", "Checkpoint", "Memory", "Kernels", "Timing"],
            swiftSettings: tests),
        .testTarget(
            name: "InferenceTests",
            dependencies: [
                "Inference", "Import", "ExpertStore", "Checkpoint", "JSON", "Memory", "Tokenizer", "Kernels",
                "Grammar", "Timing", "Scratch",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "ImportTests",
            dependencies: [
                "Import", "Inference", "Checkpoint", "Kernels", "Memory", "JSON", "Tokenizer", "Timing", "Scratch",
            ],
            swiftSettings: tests),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "Scratch"], swiftSettings: tests),
        .testTarget(
            name: "BoardTests",
            dependencies: [
                "Board", "Configuration", "Inference", "ExpertStore", "Memory", "minked", "Timing", "Scratch", logging,
            ],
            swiftSettings: tests),
        .testTarget(
            name: "ServerTests", dependencies: ["Server", "Board", "Timing", logging] + nio, swiftSettings: tests),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Inference", "ExpertStore", "Server", "JSON", "Tokenizer", "minke", "minked", "Timing",
                "Scratch", logging,
            ],
            swiftSettings: tests),
    ],
    swiftLanguageModes: [.v6]
)
