import ArgumentParser
import ExpertStore
import JSON

/// Tells how often a cache would have had the experts of a trace.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Tell how often an expert cache hits on a trace of \"minke trace\".",
        discussion: """
            Runs the engine's own cache without weights, empty at first, and prints each policy's hits beside those of \
            Belady's optimum, which knows the future.
            """)

    @Argument(help: "A trace.", completion: .file())
    var trace: String

    @Option(
        parsing: .upToNextOption,
        help: "Slots of the cache: any count of numbers, or percentages of all experts such as 25%.",
        transform: Self.slotCount)
    var slots: [SlotCount]

    @Option(
        parsing: .upToNextOption,
        help: "Any count of \(PolicyName.allCases.map(\.rawValue).joined(separator: ", ")); all by default.",
        completion: .list(PolicyName.allCases.map(\.rawValue)), transform: Self.policyName)
    var policy: [PolicyName] = PolicyName.allCases

    @Option(help: "Routed experts of a layer; as many as the trace shows by default.")
    var experts: Int?

    @Flag(help: "Print a JSON object.")
    var json = false

    private static func slotCount(_ text: String) throws -> SlotCount {
        guard let count = SlotCount(parsing: text) else {
            throw ValidationError("\(text) is neither a number of slots nor a percentage")
        }
        return count
    }

    static func policyName(_ text: String) throws -> PolicyName {
        guard let name = PolicyName(rawValue: text) else {
            throw ValidationError(
                "\(text) is no policy; there are \(PolicyName.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return name
    }

    func validate() throws {
        if let experts, !(1...1_000_000).contains(experts) {
            throw ValidationError("--experts must be from 1 to 1000000")
        }
    }

    func run() async throws {
        try await OwnThread.run {
            let trace = try Self.read(trace)
            let seen = trace.seenExpertCount
            if let experts, experts < seen {
                throw CommandFailure("\(self.trace): has expert \(seen - 1), which --experts \(experts) excludes")
            }
            let report = ReplayReport(
                name: self.trace, trace: trace, expertCount: experts ?? seen, slots: slots, policies: policy)
            Terminal.output(json ? JSONValue.object(report.json).serialized(.spaced) + "\n" : report.text)
        }
    }

    private static func read(_ path: String) throws -> RoutingTrace {
        let text = try UserFile.read(path)
        do throws(RoutingTraceError) {
            return try RoutingTrace(parsing: text)
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
    }
}
