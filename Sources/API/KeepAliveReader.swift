import Inference
import JSON

/// Reads Ollama's `keep_alive`: seconds, or a duration as Go writes them.
enum KeepAliveReader {
    /// Longer than any board runs.
    private static let longestSeconds = 1e9

    /// How long the model is to stay; `nil` leaves it to the engine.
    static func keepAlive(_ fields: FieldReader) throws(APIError) -> KeepAlive? {
        guard let value = fields.value("keep_alive") else { return nil }
        if value == "" { return nil }
        guard let seconds = value.stringValue.map(Self.seconds) ?? value.doubleValue else {
            throw .invalid(
                fields.path("keep_alive"), "must be a number of seconds or a duration like \"5m\" or \"1h30m\"")
        }
        if seconds < 0 || seconds > longestSeconds { return .forever }
        return .atMost(.milliseconds(Int((seconds * 1000).rounded())))
    }

    /// The seconds of a duration like `1h30m`, `-1s` or `1.5s`; a bare number is seconds.
    private static func seconds(_ text: String) -> Double? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        var sum = 0.0
        repeat {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            guard digits.contains(where: { $0 != "." }), let count = Double(digits) else { return nil }
            rest.removeFirst(digits.count)
            let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            guard let factor = factor(unit, isAlone: rest.isEmpty && sum == 0) else { return nil }
            rest.removeFirst(unit.count)
            sum += count * factor
        } while !rest.isEmpty
        return isNegative ? -max(sum, .leastNonzeroMagnitude) : sum
    }

    private static func factor(_ unit: Substring, isAlone: Bool) -> Double? {
        switch unit {
        case "ns": 1e-9
        case "us", "µs", "μs": 1e-6
        case "ms": 1e-3
        case "s": 1
        case "m": 60
        case "h": 3600
        case "": isAlone ? 1 : nil
        default: nil
        }
    }
}
