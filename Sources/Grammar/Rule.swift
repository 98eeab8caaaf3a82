/// A named part of a program that others call, with one counter per call.
struct Rule: Sendable {
    /// The state a call begins in.
    var start: Int32
    /// How far the counter must have come to `leave`.
    var minimum: Int32 = 0
    /// How far the counter may come by `step`.
    var maximum: Int32 = .max
}
