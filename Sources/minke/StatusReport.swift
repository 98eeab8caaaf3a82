import JSON

/// The daemon's status for people: `/v1/status` in lines.
struct StatusReport {
    private let status: JSONValue

    /// Describes an answer of `/v1/status`.
    init(_ status: JSONValue) { self.status = status }

    /// Names and what is to be said of them.
    var fields: [(name: String, text: String)] {
        // One by one: all in an expression took Swift 6.2 too long.
        var fields: [(name: String, text: String)] = []
        func add(_ name: String, _ text: String?) { fields.append((name, text ?? "-")) }
        add("daemon", "\(text("state")), pid \(text("pid")), version \(text("version"))")
        add("uptime", "\(text("uptime_seconds")) s")
        add("model", status["model"]?.stringValue.map(Terminal.printable) ?? "none loaded")
        add("context", status["context_length"]?.intValue.map { "\($0) tokens" })
        add("memory", memory)
        add("paging", paging)
        add("board", board)
        add("queue", text("queue_depth"))
        add("served", text("requests_served"))
        return fields + requests
    }

    /// One line a field.
    var lines: [String] {
        fields.map { $0.name + String(repeating: " ", count: max(1, 10 - $0.name.count)) + $0.text }
    }

    private var memory: String? {
        guard let memory = status["memory"], let limit = memory["limit_bytes"]?.intValue,
            let used = memory["used_bytes"]?.intValue
        else { return nil }
        return "\(used >> 20) of \(limit >> 20) MiB"
    }

    private var board: String? {
        guard let board = status["board"], let pace = board["pace"]?.doubleValue,
            let slots = board["expert_slots"]?.intValue, let held = board["expert_slots_held"]?.intValue
        else { return nil }
        let reason = board["pace_reason"]?.stringValue.map(Terminal.printable) ?? ""
        let paced = pace < 1 ? "works \(Int((pace * 100).rounded())) % of the time (\(reason))" : "full pace"
        let hot = board["celsius"]?.doubleValue.map { ", \(Int($0.rounded())) °C" } ?? ""
        let short = held < slots ? ", memory is short: \(held) of \(slots) experts' slots kept" : ""
        return paced + hot + short
    }

    private var paging: String? {
        guard let counts = status["paging"], let hitRate = counts["hit_rate"]?.doubleValue,
            let bytes = counts["bytes_read"]?.intValue, let stalled = counts["stalled_ms"]?.doubleValue,
            let rate = counts["disk_bytes_per_second"]?.doubleValue
        else { return nil }
        return "\(Int((hitRate * 100).rounded())) % hits, \(bytes / 1_000_000) MB read at \(Int(rate / 1e6)) MB/s, "
            + "\(Int(stalled / 1000)) s waited for the disk"
    }

    private var requests: [(name: String, text: String)] {
        (status["queue"]?.arrayValue ?? []).map { entry in
            let place = entry["position"]?.intValue ?? 0
            let age = Int((entry["age_ms"]?.doubleValue ?? 0) / 1000)
            let left = Int((entry["eta_ms"]?.doubleValue ?? 0) / 1000)
            let user = entry["uid"]?.intValue.map { ", user \($0)" } ?? ""
            return ("  #\(entry["id"]?.intValue ?? 0)", "place \(place), \(age) s old, some \(left) s left\(user)")
        }
    }

    private func text(_ name: String) -> String {
        status[name]?.stringValue.map(Terminal.printable) ?? status[name]?.serialized() ?? "-"
    }
}
