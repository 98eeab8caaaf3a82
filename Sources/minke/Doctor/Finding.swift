import JSON

/// One thing that `minke doctor` has found out.
struct Finding: Equatable {
    /// How much it matters, the least first.
    enum Severity: String, CaseIterable {
        /// As it should be.
        case good
        /// Worth knowing.
        case note
        /// Costs speed or safety.
        case warning
        /// Does not work until it is mended.
        case problem
    }

    let severity: Severity
    /// What it is about, in a word or two.
    let subject: String
    /// What was found.
    let text: String
    /// What to do; `nil` if nothing.
    let advice: String?

    init(_ severity: Severity, _ subject: String, _ text: String, do advice: String? = nil) {
        self.severity = severity
        self.subject = subject
        self.text = text
        self.advice = advice
    }

    /// For scripts.
    var json: JSONValue {
        [
            "severity": .string(severity.rawValue), "subject": .string(subject), "text": .string(text),
            "advice": advice.map { .string($0) } ?? .null,
        ]
    }
}
