/// Where a program may be after some input.
struct Settlement: Hashable, Sendable {
    /// The positions that read something, ascending.
    var positions: [Position]
    /// Whether the input may end here.
    var ends: Bool

    /// Whether nothing can follow and nothing has ended: the input is not of the language.
    var isDead: Bool { positions.isEmpty && !ends }
}
