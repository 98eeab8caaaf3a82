/// What an object's text looks like.
struct ObjectRule {
    /// A member with a given name.
    struct Member {
        let name: String
        /// The rule of its value.
        let value: Int32
        let isRequired: Bool
    }

    /// The named members, in the order they are written: one order of many is enough, and keeps the program small.
    let members: [Member]
    /// The rule of the values of members with other names, which follow; `nil` if there may be none.
    let others: Int32?
    /// How many members there may be.
    let counts: CountRange

    /// Whether members have to be counted: required ones count themselves.
    var isCounted: Bool {
        let required = members.count { $0.isRequired }
        return Int(counts.least) > required
            || counts.most != .max && (others != nil || Int(counts.most) < members.count)
    }

    /// Whether counting takes at most so many states.
    func isCountable(within limit: Int) -> Bool {
        guard isCounted else { return true }
        // No more members of other names than one count towards the least: names may repeat, and readers keep one.
        let (most, overflow) = (members.count + 2).multipliedReportingOverflow(by: Int(highest) + 2)
        return Int(counts.least) <= members.count + 1 && !overflow && most <= limit
    }

    /// Where counting may stop.
    var highest: Int32 { counts.most == .max ? counts.least : counts.most }
}
