/// How likely a generated token was, before sampling settings changed anything.
public struct TokenLogProbability: Sendable, Equatable {
    /// A token that could have come at a place.
    public struct Candidate: Sendable, Equatable {
        /// Its bytes, which need not be whole characters.
        public var bytes: [UInt8]
        /// Natural logarithm of its probability.
        public var logProbability: Float

        /// Makes a candidate.
        public init(bytes: [UInt8], logProbability: Float) {
            self.bytes = bytes
            self.logProbability = logProbability
        }

        /// The bytes as text, with replacement characters where they are not.
        public var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// The token that came.
    public var chosen: Candidate
    /// The likeliest tokens at its place, as many as were asked for, the likeliest first.
    public var likeliest: [Candidate]

    /// Makes an entry.
    public init(chosen: Candidate, likeliest: [Candidate]) {
        self.chosen = chosen
        self.likeliest = likeliest
    }
}
