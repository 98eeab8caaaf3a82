import ArgumentParser
import Checkpoint
import Inference
import JSON
import Kernels
import Server

/// Compares a packed store with its checksums.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read a packed store (.minke) as a whole and compare it with its checksums.",
        discussion: "Names every damaged part; exits with 3 if there is one.")

    @Argument(help: "A packed store.", completion: .file(extensions: ["minke"]))
    var store: String

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() async throws {
        try await OwnThread.run {
            guard let opened = try ModelSource.open(store).store else {
                throw CommandFailure("\(store) is no packed store: only those have checksums (see minke import)")
            }
            // More threads than processors: they wait for the disk most of the time.
            let pool = WorkerPool(threadCount: Processors.count + 2)
            let progress = ProgressLine(doing: "verifying", unit: "MB")
            let clock = ContinuousClock()
            let start = clock.now
            let result = try opened.verify(pool: pool) {
                progress.update(processed: $0 / 1_000_000, total: $1 / 1_000_000)
            }
            progress.end()
            report(result, seconds: (clock.now - start).seconds)
            guard result.damages.isEmpty else {
                throw CommandFailure(
                    "\(store): \(result.damages.count) damaged; restore the file or import the model again",
                    exitCode: ExitStatus.modelInvalid)
            }
        }
    }

    private func report(_ result: StoreVerification, seconds: Double) {
        guard !json else {
            let damages = result.damages.map { damage -> JSONValue in
                ["name": .string(damage.name), "offset": JSONValue(damage.offset), "message": .string(damage.message)]
            }
            let object: JSONValue = [
                "path": .string(store), "bytes": JSONValue(result.byteCount), "seconds": JSONValue(seconds),
                "damaged": .array(damages),
            ]
            return Terminal.output(object.serialized(.spaced) + "\n")
        }
        for damage in result.damages {
            Terminal.output("\(store): \(damage.name): \(damage.message) (at byte \(damage.offset))\n")
        }
        let megabytes = (Double(result.byteCount) / 1e5).rounded() / 10
        let rate = Int(megabytes / max(seconds, 0.001))
        let verdict = result.damages.isEmpty ? "intact, " : ""
        Terminal.output("\(store): \(verdict)\(megabytes) MB compared, \(rate) MB/s\n")
    }
}
