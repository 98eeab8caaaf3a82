/// Bounds of a count.
struct CountRange: Equatable, Sendable {
    var least: Int32 = 0
    /// `Int32.max` is no bound.
    var most: Int32 = .max

    /// Whether no count lies within the bounds.
    var isEmpty: Bool { least > most }
    /// Whether there is no bound.
    var isUnbounded: Bool { least == 0 && most == .max }

    /// The counts of both.
    func intersection(_ other: CountRange) -> CountRange {
        CountRange(least: max(least, other.least), most: min(most, other.most))
    }

    /// Whether a count lies within the bounds.
    func contains(_ count: Int) -> Bool { count >= least && (most == .max || count <= most) }
}
