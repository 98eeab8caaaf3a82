import JSON

/// Everything that was measured.
struct Report {
    struct MemoryRead {
        var threads: Int
        var prefetchBytes: Int
        var bytesPerSecond: Double
    }
    struct DotProduct {
        var instructions: String
        var threads: Int
        var operationsPerSecond: Double
    }
    struct ForkJoin {
        var threads: Int
        /// What each thread's task takes by itself.
        var taskMicroseconds: Double
        var medianMicroseconds: Double
    }
    struct Kernel {
        var type: String
        var instructionSet: String
        var decodeBytesPerSecond: Double
        /// What the threads only read, in the same rounds.
        var readBytesPerSecond: Double
        var decodeFraction: Double
        var prefillOperationsPerSecond: Double
        /// What the threads' fastest dot products do, in the same rounds.
        var dotOperationsPerSecond: Double
        var prefillFraction: Double
    }

    var threads: Int
    var rows: Int
    var columns: Int
    var memoryByteCount: Int
    var tileSize: Int
    var secondsPerMeasurement: Double
    var memoryReads: [MemoryRead] = []
    var dotProducts: [DotProduct] = []
    var forkJoins: [ForkJoin] = []
    var kernels: [Kernel] = []

    var json: JSONValue {
        [
            "threads": JSONValue(threads),
            "matrix_rows": JSONValue(rows),
            "matrix_columns": JSONValue(columns),
            "memory_bytes": JSONValue(memoryByteCount),
            "prefill_tokens": JSONValue(PackedSet.tokenCount),
            "prefill_tile_tokens": JSONValue(tileSize),
            "seconds_per_measurement": JSONValue(secondsPerMeasurement),
            "memory_read": .array(
                memoryReads.map {
                    [
                        "threads": JSONValue($0.threads), "prefetch_bytes": JSONValue($0.prefetchBytes),
                        "gigabytes_per_second": JSONValue($0.bytesPerSecond / 1e9),
                    ]
                }),
            "dot_product": .array(
                dotProducts.map {
                    [
                        "instructions": JSONValue($0.instructions), "threads": JSONValue($0.threads),
                        "gigaoperations_per_second": JSONValue($0.operationsPerSecond / 1e9),
                    ]
                }),
            "fork_join": .array(
                forkJoins.map {
                    [
                        "threads": JSONValue($0.threads), "task_microseconds": JSONValue($0.taskMicroseconds),
                        "median_microseconds": JSONValue($0.medianMicroseconds),
                        "overhead_microseconds": JSONValue($0.medianMicroseconds - $0.taskMicroseconds),
                    ]
                }),
            "kernels": .array(
                kernels.map {
                    [
                        "type": JSONValue($0.type), "instruction_set": JSONValue($0.instructionSet),
                        "decode_gigabytes_per_second": JSONValue($0.decodeBytesPerSecond / 1e9),
                        "memory_read_gigabytes_per_second": JSONValue($0.readBytesPerSecond / 1e9),
                        "decode_fraction_of_memory_read": JSONValue($0.decodeFraction),
                        "prefill_gigaoperations_per_second": JSONValue($0.prefillOperationsPerSecond / 1e9),
                        "dot_product_gigaoperations_per_second": JSONValue($0.dotOperationsPerSecond / 1e9),
                        "prefill_fraction_of_dot_product": JSONValue($0.prefillFraction),
                    ]
                }),
        ]
    }

    var table: String {
        var text = "memory read       threads  ahead    GB/s\n"
        for read in memoryReads {
            text += pad("", 18) + right(String(read.threads), 7) + right(String(read.prefetchBytes), 7)
            text += right(fixed(read.bytesPerSecond / 1e9, 2), 8) + "\n"
        }
        text += "\ndot product       threads             GOP/s\n"
        for dot in dotProducts {
            text += pad(dot.instructions, 18) + right(String(dot.threads), 7)
            text += right(fixed(dot.operationsPerSecond / 1e9, 1), 18) + "\n"
        }
        text += "\nfork/join         threads  task µs  median µs  overhead µs\n"
        for job in forkJoins {
            text += pad("", 18) + right(String(job.threads), 7) + right(fixed(job.taskMicroseconds, 2), 9)
            text += right(fixed(job.medianMicroseconds, 2), 11)
            text += right(fixed(job.medianMicroseconds - job.taskMicroseconds, 2), 13) + "\n"
        }
        text += "\ntype     set         decode GB/s  of read  prefill GOP/s  of peak  (\(threads) threads)\n"
        for kernel in kernels {
            text += pad(kernel.type, 9) + pad(kernel.instructionSet, 12)
            text += right(fixed(kernel.decodeBytesPerSecond / 1e9, 2), 11)
            text += right(percent(kernel.decodeFraction), 9)
            text += right(fixed(kernel.prefillOperationsPerSecond / 1e9, 1), 15)
            text += right(percent(kernel.prefillFraction), 9) + "\n"
        }
        return text
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private func percent(_ fraction: Double) -> String { fixed(fraction * 100, 0) + " %" }

    private func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "–" }
        let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        if decimals == 0 { return sign + String(scaled) }
        let digits = String(scaled % scale)
        return sign + String(scaled / scale) + "." + String(repeating: "0", count: decimals - digits.count) + digits
    }
}
