import Glibc
import Kernels

/// What the processors can do, and what is made of it.
struct ProcessorCheck {
    let tree: KernelTree
    /// The kernels that were chosen.
    var instructionSet = InstructionSet.current

    var findings: [Finding] { [kernels, pages] + [board].compactMap { $0 } }

    private var board: Finding? { tree.boardName.map { Finding(.note, "board", $0) } }

    /// Features that matter, as the kernel names them.
    private static let features: Set<Substring> = [
        "asimd", "asimddp", "i8mm", "sve", "sve2", "bf16", "avx2", "fma", "f16c", "avx512_vnni", "avx_vnni", "avx512bw",
    ]

    private var kernels: Finding {
        let line = tree.lines("/proc/cpuinfo").first { $0.hasPrefix("flags") || $0.hasPrefix("Features") }
        let words = line?.split(separator: ":").last?.split(separator: " ") ?? []
        let seen = words.filter(Self.features.contains).joined(separator: " ")
        let text =
            "matrices are multiplied with \(instructionSet)" + (seen.isEmpty ? "" : " (the processor has \(seen))")
        guard instructionSet == "generic" else { return Finding(.good, "processor", text) }
        return Finding(
            .warning, "processor", text + ": slow", do: "use a processor with NEON dot products (Cortex-A76) or AVX2")
    }

    private var pages: Finding {
        let size = sysconf(Int32(_SC_PAGESIZE))
        return Finding(.good, "pages", "\(size / 1024) KiB")
    }
}
