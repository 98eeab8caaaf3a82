import Inference
import JSON

/// What a request waits for before its answer begins.
enum AnswerWait: Sendable, Equatable {
    /// Its turn, behind so many others; `nil` before the engine has said how many.
    case turn(ahead: Int?)
    /// Its prompt.
    case prompt(processed: Int, total: Int, cached: Int)
}

/// Words one answer in a dialect: as a stream, piece by piece, or as one document.
///
/// A stream is `begin`, `answer`…, `finish`, or ends with `failure`; nothing of it depends on when `patience` and
/// `progress` come in between.
protocol AnswerEncoder: Sendable {
    /// The Content-Type of the stream.
    static var contentType: String { get }
    /// The start: the engine has begun with the request.
    func begin() -> [UInt8]
    /// What keeps a client from giving up, and is no part of the answer.
    func patience(_ wait: AnswerWait) -> [UInt8]
    /// How far the request is, for a client that asked to be told; `nil` for others.
    func progress(_ wait: AnswerWait, milliseconds: Int) -> [UInt8]?
    /// More of the answer.
    mutating func answer(_ parts: [AnswerPart], _ probabilities: [TokenLogProbability]) -> [UInt8]
    /// The end.
    mutating func finish(_ summary: GenerationSummary) -> [UInt8]
    /// The end of a stream that failed.
    func failure(_ error: APIError) -> [UInt8]
    /// The answer as a whole.
    func document(_ answer: CollectedAnswer, _ summary: GenerationSummary) -> JSONValue
}
