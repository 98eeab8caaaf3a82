/// The experts that a model's routers chose for a sequence of tokens.
///
/// As text: one line per token and layer, `layer expert expert …` in decimal with single spaces between, experts by
/// falling weight; a token's layers ascend, and all tokens have the same ones. Dense layers have no lines.
public struct RoutingTrace: Sendable, Equatable {
    /// The experts that one token uses in one layer.
    public struct Visit: Sendable, Equatable {
        /// Decoder layer.
        public let layer: Int
        /// Distinct experts, at least one.
        public let experts: [Int]

        /// A visit of `layer`.
        public init(layer: Int, experts: [Int]) {
            self.layer = layer
            self.experts = experts
        }

        /// The visit's line, with its end.
        public var line: String { "\(layer) " + experts.map(String.init).joined(separator: " ") + "\n" }
    }

    /// Token by token, layer by layer.
    public let visits: [Visit]
    /// Layers that have routed experts.
    public let layerCount: Int

    /// Tokens.
    public var tokenCount: Int { visits.count / max(1, layerCount) }
    /// Experts used, over all tokens and layers.
    public var useCount: Int { visits.reduce(0) { $0 + $1.experts.count } }
    /// Experts of a layer, as far as the trace tells: more than the largest number in it.
    public var seenExpertCount: Int { visits.reduce(0) { max($0, ($1.experts.max() ?? 0) + 1) } }

    /// A trace of whole tokens. Throws a `RoutingTraceError` that names the line if it is none.
    public init(_ visits: [Visit]) throws(RoutingTraceError) {
        guard let first = visits.first else { throw RoutingTraceError(line: 1, "the trace is empty") }
        var layers: [Int] = []
        for visit in visits {
            if let last = layers.last, visit.layer <= last { break }
            layers.append(visit.layer)
        }
        for (index, visit) in visits.enumerated() {
            let expected = layers[index % layers.count]
            guard visit.layer == expected else {
                throw RoutingTraceError(
                    line: index + 1,
                    "layer \(visit.layer) where \(expected) should follow: all tokens have the layers of the first, "
                        + "which begins with \(first.layer)")
            }
        }
        guard visits.count.isMultiple(of: layers.count) else {
            throw RoutingTraceError(line: visits.count, "the trace ends within a token")
        }
        self.visits = visits
        layerCount = layers.count
    }

    /// Reads a trace's text. Throws a `RoutingTraceError` that names the line if it is malformed.
    public init(parsing text: [UInt8]) throws(RoutingTraceError) {
        var visits: [Visit] = []
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: newline) ?? text.count
            visits.append(try Self.visit(text[start..<end], line: visits.count + 1))
            start = end + 1
        }
        try self.init(visits)
    }

    private static func visit(_ text: ArraySlice<UInt8>, line: Int) throws(RoutingTraceError) -> Visit {
        var numbers: [Int] = []
        for word in text.split(separator: space, omittingEmptySubsequences: false) {
            guard (1...6).contains(word.count), word.allSatisfy({ (zero...nine).contains($0) }) else {
                throw RoutingTraceError(
                    line: line, "a layer and experts are expected: numbers below 1000000 with single spaces between")
            }
            numbers.append(word.reduce(0) { 10 * $0 + Int($1 - zero) })
        }
        guard numbers[0] <= highestLayer else {
            throw RoutingTraceError(line: line, "layer \(numbers[0]) is above \(highestLayer)")
        }
        guard numbers.count > 1 else { throw RoutingTraceError(line: line, "no expert follows the layer") }
        let experts = Array(numbers.dropFirst())
        guard Set(experts).count == experts.count else {
            throw RoutingTraceError(line: line, "an expert is there twice")
        }
        return Visit(layer: numbers[0], experts: experts)
    }
}

/// No model has that many layers, and a policy keeps arrays that long.
private let highestLayer = 999
private let newline = UInt8(ascii: "\n")
private let space = UInt8(ascii: " ")
private let zero = UInt8(ascii: "0")
private let nine = UInt8(ascii: "9")

/// What is wrong with the text of a trace.
public struct RoutingTraceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1 on.
    public let line: Int
    /// What is wrong, for people.
    public let message: String

    init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }

    /// One line.
    public var description: String { "line \(line): \(message)" }
}
