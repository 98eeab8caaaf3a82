/// What the lights of a board tell, the most pressing last.
public enum LightState: Int, Sendable, CaseIterable, Comparable {
    /// A request would be answered.
    case ready
    /// A model comes into memory.
    case loading
    /// An answer is generated.
    case thinking
    /// An answer is generated more slowly than it could be: heat, power or memory.
    case throttled
    /// Something is wrong, and somebody should look at the log.
    case error

    /// Whether the other one is more pressing.
    public static func < (left: LightState, right: LightState) -> Bool { left.rawValue < right.rawValue }
}
