/// The temperature of the place of the board that is nearest to being too hot, in °C.
public struct BoardTemperature: Sendable, Equatable {
    /// Now.
    public var degrees: Double
    /// Where the processors are slowed down.
    public var trip: Double

    /// A temperature.
    public init(degrees: Double, trip: Double) {
        self.degrees = degrees
        self.trip = trip
    }
}
