import Tokenizer

/// Turns generated tokens into what may be shown: whole characters, nothing of a stop string, told apart by what it is.
struct AnswerText {
    private let tokenizer: Tokenizer
    private let markers: Set<String>
    private var detokenizer: StreamingDetokenizer
    private var stops: StopMatcher
    private(set) var reader: AnswerReader
    private var isStopped = false

    /// For an answer that `reader` takes apart, in which `markers` are special tokens that count.
    init(_ tokenizer: Tokenizer, stop: [String], markers: [String], _ reader: AnswerReader) {
        self.tokenizer = tokenizer
        self.markers = Set(markers).union(["<think>", "</think>"])
        detokenizer = StreamingDetokenizer(tokenizer, skipSpecial: false)
        stops = StopMatcher(stop)
        self.reader = reader
    }

    /// Adds a token; returns what became certain, and whether a stop string was met.
    mutating func append(_ token: TokenID) -> (parts: [AnswerPart], isStopped: Bool) {
        if tokenizer.kind(of: token) == .control, let name = tokenizer.token(for: token), !markers.contains(name) {
            return ([], false)
        }
        let (text, isStopped) = stops.append(detokenizer.append(token))
        self.isStopped = isStopped
        return (reader.append(text) + (isStopped ? reader.finish() : []), isStopped)
    }

    /// What was held back at the end.
    mutating func finish() -> [AnswerPart] {
        guard !isStopped else { return [] }
        let (text, wasStopped) = stops.append(detokenizer.finish())
        return reader.append(wasStopped ? text : text + stops.finish()) + reader.finish()
    }
}
