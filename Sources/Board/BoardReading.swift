/// How hot the board is, and what it holds back by itself.
public struct BoardReading: Sendable, Equatable {
    /// The temperature of one place, in °C.
    public struct Zone: Sendable, Equatable {
        /// As the kernel calls it.
        public var name: String
        /// Now.
        public var degrees: Double
        /// Where the processors are slowed down.
        public var trip: Double

        /// A temperature.
        public init(name: String, degrees: Double, trip: Double) {
            self.name = name
            self.degrees = degrees
            self.trip = trip
        }
    }

    /// Processors that may not run as fast as they can.
    public struct Cap: Sendable, Equatable {
        /// What they may.
        public var megahertz: Int
        /// What they could.
        public var ofMegahertz: Int

        /// What is left.
        var share: Double { Double(megahertz) / Double(max(1, ofMegahertz)) }
    }

    /// All places that heat up with computing.
    public var zones: [Zone] = []
    /// The processors that are capped most; `nil` if none is.
    public var cap: Cap?
    /// Whether the supply gives too little.
    public var isUnderVoltage = false

    /// Nothing to say.
    public init() {}

    /// The place that is closest to its trip point or farthest beyond it.
    public var hottest: Zone? { zones.min { $0.trip - $0.degrees < $1.trip - $1.degrees } }
}
