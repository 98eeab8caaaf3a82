import ExpertStore
import JSON

/// What `minke replay` found.
struct ReplayReport {
    let name: String
    let tokenCount: Int
    let layerCount: Int
    /// Routed experts of a layer.
    let expertCount: Int
    private let rows: [Row]

    private struct Row {
        let slotCount: Int
        let optimum: RoutingReplay.Outcome
        let policies: [(name: PolicyName, outcome: RoutingReplay.Outcome)]
    }

    /// Replays `trace` with every size of cache and every policy.
    init(name: String, trace: RoutingTrace, expertCount: Int, slots: [SlotCount], policies: [PolicyName]) {
        self.name = name
        self.expertCount = expertCount
        tokenCount = trace.tokenCount
        layerCount = trace.layerCount
        let total = expertCount * trace.layerCount
        rows = slots.map { count in
            let slotCount = count.slots(of: total)
            return Row(
                slotCount: slotCount, optimum: RoutingReplay.optimum(trace, slotCount: slotCount),
                policies: policies.map { policy in
                    (policy, RoutingReplay.run(trace, slotCount: slotCount, policy: policy.make()))
                })
        }
    }

    private func share(_ slotCount: Int) -> Double { Double(slotCount) / Double(expertCount * layerCount) }

    private func share(_ outcome: RoutingReplay.Outcome, of optimum: RoutingReplay.Outcome) -> Double {
        optimum.hitCount == 0 ? 1 : Double(outcome.hitCount) / Double(optimum.hitCount)
    }

    var text: String {
        var lines = [
            "\(name): \(tokenCount) tokens, \(layerCount) layers of \(expertCount) experts; the cache is empty at first",
            columns("slots", "policy", "hits", "second half", "of optimum"),
        ]
        for row in rows {
            let slots = "\(row.slotCount) (\(percent(share(row.slotCount))))"
            func add(_ name: String, _ outcome: RoutingReplay.Outcome) {
                lines.append(
                    columns(
                        slots, name, percent(outcome.hitRate), percent(outcome.warmHitRate),
                        percent(share(outcome, of: row.optimum))))
            }
            add("optimum", row.optimum)
            for (name, outcome) in row.policies { add(name.rawValue, outcome) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same for scripts.
    var json: JSONObject {
        [
            "trace": .string(name), "tokens": JSONValue(tokenCount), "layers": JSONValue(layerCount),
            "experts_per_layer": JSONValue(expertCount),
            "results": .array(
                rows.flatMap { row in
                    [result(row, "optimum", row.optimum)]
                        + row.policies.map { result(row, $0.name.rawValue, $0.outcome) }
                }),
        ]
    }

    private func result(_ row: Row, _ policy: String, _ outcome: RoutingReplay.Outcome) -> JSONValue {
        .object([
            "slots": JSONValue(row.slotCount), "share_of_experts": JSONValue(share(row.slotCount)),
            "policy": .string(policy), "uses": JSONValue(outcome.useCount), "hits": JSONValue(outcome.hitCount),
            "hit_rate": JSONValue(outcome.hitRate), "hit_rate_second_half": JSONValue(outcome.warmHitRate),
            "share_of_optimum": JSONValue(share(outcome, of: row.optimum)),
        ])
    }

    private func columns(_ words: String...) -> String {
        zip(words, [18, 11, 9, 13, 12]).enumerated().map { index, column in
            let (word, width) = column
            let room = String(repeating: " ", count: max(0, width - word.count))
            return index < 2 ? word + room : room + word
        }.joined()
    }

    private func percent(_ fraction: Double) -> String {
        let tenths = Int((fraction * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
