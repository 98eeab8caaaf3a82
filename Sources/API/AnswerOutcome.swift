import Server

/// How a request for an answer ended, as it is counted.
enum AnswerOutcome: String, Sendable, CaseIterable {
    /// The client has all of it.
    case completed
    /// The client left before.
    case abandoned
    /// The request was wrong, or asked for what is not there.
    case refused
    /// The queue was full, or the daemon about to end.
    case rejected
    /// The daemon could not do it.
    case failed

    /// How a request ended that was answered with an error.
    init(_ error: APIError) {
        switch error.status {
        case .tooManyRequests, .unavailable: self = .rejected
        case let status: self = status.code < 500 ? .refused : .failed
        }
    }
}
