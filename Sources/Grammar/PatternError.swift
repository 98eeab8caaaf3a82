/// Why a pattern cannot be enforced.
struct PatternError: Error {
    /// What is wrong and what to do, in one sentence that starts lower case.
    let message: String
}
