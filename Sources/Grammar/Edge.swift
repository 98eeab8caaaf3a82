/// One way from a state to another.
struct Edge: Sendable {
    /// What an edge takes.
    enum Kind: UInt8 {
        /// Reads a byte of `low...high`.
        case bytes
        /// Reads nothing.
        case free
        /// Reads nothing, counts one up; only below the rule's maximum.
        case step
        /// Reads nothing; only from the rule's minimum on.
        case leave
        /// Reads a text of the rule `argument`.
        case call
        /// Reads the special token `argument`.
        case marker
        /// Reads any special token but those of the exclusion `argument`.
        case otherMarkers
    }

    var from: Int32
    var to: Int32
    var argument: Int32 = 0
    var kind: Kind
    var low: UInt8 = 0
    var high: UInt8 = 0
}
