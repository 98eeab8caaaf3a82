/// Slots of an expert cache as a user gives them: a number, or a percentage of all routed experts.
enum SlotCount: Equatable {
    case number(Int)
    case percentage(Double)

    /// `416`, `25%` or `12.5%`; at least one slot, not more than everything.
    init?(parsing text: String) {
        if text.hasSuffix("%") {
            let digits = text.dropLast()
            guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let value = Double(digits),
                value > 0, value <= 100
            else { return nil }
            self = .percentage(value)
        } else {
            guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(text), (1...9_999_999).contains(value)
            else { return nil }
            self = .number(value)
        }
    }

    /// The slots of a model with `expertCount` routed experts, at least one.
    func slots(of expertCount: Int) -> Int {
        switch self {
        case .number(let count): count
        case .percentage(let share): max(1, Int((Double(expertCount) * share / 100).rounded()))
        }
    }
}
