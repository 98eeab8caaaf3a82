// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "minke-benchmarks",
    dependencies: [
        .package(name: "minke", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "kernel-bench",
            dependencies: [
                .product(name: "MinkeKernels", package: "minke"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/KernelBench",
            // Calls the C kernels themselves, so pointers are everywhere: no strict memory safety here.
            swiftSettings: [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")])
    ],
    swiftLanguageModes: [.v6]
)
