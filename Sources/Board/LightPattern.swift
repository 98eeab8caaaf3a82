/// When a light is on: a row of times that begins with "on" and is repeated. Pure.
public struct LightPattern: Sendable, Equatable {
    /// Milliseconds on, off, on, … ; none is always off, a single one always on.
    private let times: [Int]

    /// A pattern of milliseconds on, off, on, …
    init(_ times: Int...) { self.times = times }

    /// How `state` looks on the main light. They differ in rhythm and not only in speed, so that one can be told from
    /// another without seeing both.
    public static func main(_ state: LightState) -> LightPattern {
        switch state {
        case .ready: LightPattern(1000)
        case .loading: LightPattern(250, 250)
        case .thinking: LightPattern(900, 100)
        case .throttled: LightPattern(100, 100, 100, 700)
        case .error: LightPattern(60, 60)
        }
    }

    /// How `state` looks on the second light, which is dark unless something should be looked at.
    public static func alert(_ state: LightState) -> LightPattern {
        switch state {
        case .ready, .loading, .thinking: LightPattern()
        case .throttled: LightPattern(1000)
        case .error: LightPattern(60, 60)
        }
    }

    /// Whether the light is on `milliseconds` after the pattern began, and how long it stays so; `nil` is for good.
    public func look(at milliseconds: Int) -> (isOn: Bool, remaining: Int?) {
        guard times.count > 1 else { return (!times.isEmpty, nil) }
        var left = milliseconds % times.reduce(0, +)
        for (index, time) in times.enumerated() {
            if left < time { return (index.isMultiple(of: 2), time - left) }
            left -= time
        }
        preconditionFailure("a remainder is smaller than the sum")
    }
}
