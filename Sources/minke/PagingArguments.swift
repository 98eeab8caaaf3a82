import ArgumentParser
import ExpertStore
import Inference

/// How a model that does not fit in memory is paged, for measurements.
struct PagingArguments: ParsableArguments {
    @Option(help: "What leaves the cache: expected, lfu, lru or fifo.", transform: ReplayCommand.policyName)
    var policy = PolicyName.standard

    @Flag(inversion: .prefixedNo, help: "Read experts that the next layer will probably choose, where that pays.")
    var readAhead = true

    @Flag(help: "Start with the experts that earlier runs used most, and remember what this one uses.")
    var warm = false

    /// The same for the engine.
    var options: PagingOptions { PagingOptions(policy: policy, readsAhead: readAhead, startsWarm: warm) }
}
