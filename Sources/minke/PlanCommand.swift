import ArgumentParser
import Checkpoint
import ExpertStore
import Inference
import JSON
import Kernels
import Memory

/// Tells what a model needs and how fast it will be, without loading it.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Tell what a model needs in memory and how fast it will be on this machine.",
        discussion: "Exits with 4 if it does not fit, and says then what would.")

    @OptionGroup var local: LocalModel

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() async throws {
        try await OwnThread.run {
            let source = try local.open()
            let bound = try source.bind()
            let budget = local.budget
            let plan = try MemoryPlan(
                bound, source.configuration, local.arithmetic.precision, threadCount: local.threadCount,
                available: budget.limit)
            let pool = WorkerPool(threadCount: local.threadCount)
            let memoryBandwidth = try MachineLimits.measureReadBandwidth(pool: pool)
            let block = plan.paging?.plan.slotByteCount ?? 4 << 20
            let diskBandwidth = try DiskProbe.measure(source.files, blockByteCount: block)
            let forecast = SpeedForecast(
                bound, source.configuration, plan, memoryBandwidth: memoryBandwidth, diskBandwidth: diskBandwidth)
            let report = PlanReport(
                name: local.model, budget: budget.limit, model: bound, plan: plan, memoryBandwidth: memoryBandwidth,
                diskBandwidth: diskBandwidth, forecast: forecast)
            Terminal.output(json ? JSONValue.object(report.json).serialized(.spaced) + "\n" : report.text)
        }
    }
}
