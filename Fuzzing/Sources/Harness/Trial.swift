import CHarness
import Checkpoint
import Glibc

/// Opens what an input describes and asks the questions that need no tensor data.
///
/// An error of the reader's own type is a fine answer. A trap, a report of the sanitizer, more than 50 ms of processor
/// time or more than 64 MiB of allocations in all stop the process, and libFuzzer keeps the input.
enum Trial {
    private static let byteLimit: Int64 = 64 << 20
    private static let millisecondLimit = 50

    /// Tries the file or folder at `path`.
    static func run(_ path: String) {
        // The fastest of three: the sanitizer's own work now and then falls on one of them.
        var fastest = Int.max
        for _ in 0..<3 where fastest > millisecondLimit {
            let start = milliseconds()
            charness_watch(byteLimit)
            open(path)
            _ = charness_allocated()
            fastest = min(fastest, milliseconds() - start)
        }
        guard fastest > millisecondLimit else { return }
        charness_fail("the reader took \(fastest) ms for one input")
    }

    private static func open(_ path: String) {
        do throws(CheckpointError) {
            let source = try ModelSource.open(path)
            _ = try source.samplingDefaults()
            let model = try source.bind()
            precondition(model.byteCount >= 0)
        } catch {
            precondition(!error.field.isEmpty && !error.description.isEmpty)
        }
    }

    private static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
