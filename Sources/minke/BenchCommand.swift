import ArgumentParser
import ExpertStore
import Inference
import JSON
import Kernels
import Memory
import Tokenizer

/// Measures a model's speed on this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure how fast a model reads a prompt and generates.",
        discussion: """
            Prints tokens per second beside what this machine's memory allows. The tokens are made up, or read from \
            --tokens; generation starts with an empty context.
            """)

    @OptionGroup var local: LocalModel
    @OptionGroup var paging: PagingArguments

    @Option(help: "Tokens of the prompt; 0 to leave it out.")
    var prompt = 512

    @Option(help: "Tokens to generate; 0 to leave it out.")
    var generate = 64

    @Option(help: "Tokens to generate before, which are not counted: the cache of experts is cold at first.")
    var warmUp = 0

    @Option(help: "Answers to generate together, each from another part of the tokens.")
    var sessions = 1

    @Option(help: "A JSON array of token ids to take instead of made-up ones.", completion: .file(extensions: ["json"]))
    var tokens: String?

    @Flag(help: "Print a JSON object.")
    var json = false

    func validate() throws {
        if !(0...1_000_000).contains(prompt) || !(0...1_000_000).contains(generate)
            || !(0...1_000_000).contains(warmUp)
        {
            throw ValidationError("--prompt, --warm-up and --generate must be from 0 to 1000000")
        }
        if !EngineOptions.sessionLimits.contains(sessions) {
            throw ValidationError("--sessions must be from 1 to \(EngineOptions.sessionLimits.upperBound)")
        }
        if prompt + generate == 0 { throw ValidationError("nothing to measure: --prompt and --generate are both 0") }
    }

    func run() async throws {
        try await OwnThread.run {
            let source = try local.open()
            let vocabSize = source.configuration.vocabSize
            let ids = try tokens.map { try TokenFile.read($0, vocabSize: vocabSize) } ?? Self.madeUp(vocabSize)
            let needed = max(prompt, sessions * (warmUp + generate + 1))
            let stream = (0..<needed).map { ids[$0 % ids.count] }
            let budget = local.budget
            let model = try local.load(source, budget: budget, paging: paging.options)
            let dotProductRate = MachineLimits.measureDotProductPeak(pool: model.compute.pool)
            let probe = try model.disk.map { _ in
                try DiskProbe.measure(source.files, blockByteCount: model.pagedExperts?.slotByteCount ?? 4 << 20)
            }
            let watch = try BandwidthWatch(pool: model.compute.pool)
            let progress = ProgressLine(doing: "measuring", unit: "tokens")
            defer { progress.end() }
            let result = try SpeedTest.run(
                model, tokens: stream, promptCount: prompt, warmUpCount: warmUp, decodeCount: generate,
                sessionCount: sessions,
                progress: { progress.update(processed: $0, total: $1) },
                betweenTokens: { if $0 % Self.tokensPerSample == 0 { watch.sample() } })
            progress.end()
            try model.rememberUsage()
            let limits = MachineLimits(
                readBytesPerSecond: watch.bytesPerSecond, dotProductOperationsPerSecond: dotProductRate)
            report(
                BenchReport(
                    name: local.model, model: model, memoryBudget: budget.limit, limits: limits,
                    diskBytesPerSecond: probe, result: result))
        }
    }

    /// Generated tokens between two looks at the memory's speed.
    private static let tokensPerSample = 4

    /// Ids spread over the vocabulary, the same in every run.
    private static func madeUp(_ vocabSize: Int) -> [TokenID] {
        var state: UInt64 = 42
        return (0..<4096).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return TokenID(Int(state >> 33) % vocabSize)
        }
    }

    private func report(_ report: BenchReport) {
        Terminal.output(json ? JSONValue.object(report.json).serialized(.spaced) + "\n" : report.text)
    }
}
