import Checkpoint
import Memory
import Testing
import Tokenizer

@testable import ExpertStore
@testable import Inference

/// Traces of real routers, and replays of them beside the engine's own cache.
@Suite(.serialized) struct TraceTests {
    static let tokens = (0..<40).map { (place: Int) in TokenID((3 + 17 * place + place * place % 7) % 500) }

    static func text(_ model: Model) throws -> String {
        var text = ""
        try model.trace(tokens) { text += $0.line }
        return text
    }

    @Test(arguments: ["v3", "v2lite", "gguf/v3-q4_0.gguf"]) func aTraceIsWhatTheRecorderSaw(name: String) throws {
        let model = try Fixture.model(name)
        let text = try Self.text(model)
        let trace = try RoutingTrace(parsing: Array(text.utf8))
        #expect(trace.visits.map(\.line).joined() == text)
        let recorder = RoutingRecorder()
        _ = try model.forward(Self.tokens, cache: model.makeCache(contextLength: 64), recorder: recorder)
        let layers = recorder.choices.keys.sorted()
        #expect(trace.tokenCount == Self.tokens.count && trace.layerCount == layers.count)
        for (index, visit) in trace.visits.enumerated() {
            #expect(visit.layer == layers[index % layers.count])
            let chosen = try #require(recorder.choices[visit.layer])[index / layers.count]
            #expect(visit.experts == chosen.map(\.expert))
        }
    }

    /// The replay says exactly what the engine's statistics say.
    @Test func theReplayIsTheEngine() throws {
        let path = Fixture.path("gguf/v3-q4_0.gguf")
        let resident = try PagedModelTests.load(path, 1 << 30, .int8)
        let trace = try RoutingTrace(parsing: Array(Self.text(resident).utf8))
        for limit in try PagedModelTests.budgets(try ModelSource.open(path), .int8, threads: 2) {
            let model = try PagedModelTests.load(
                path, limit, .int8, paging: PagingOptions(readsAhead: false, startsWarm: false))
            let paged = try #require(model.pagedExperts)
            let cache = model.makeCache(contextLength: 64)
            for token in Self.tokens { _ = try model.forward([token], cache: cache, logits: .none) }
            let replay = RoutingReplay.run(trace, slotCount: paged.slotCount, policy: PolicyName.standard.make())
            #expect(replay.hitCount == paged.statistics.hitCount, "\(paged.slotCount) slots")
            #expect(replay.useCount == paged.statistics.hitCount + paged.statistics.missCount)
        }
    }
}
