import Inference

/// All parts of an answer, each kind put together.
struct CollectedAnswer: Sendable, Equatable {
    /// A tool call.
    struct Call: Sendable, Equatable {
        var id: String
        var name: String
        /// A JSON object as text, if the answer was not cut short.
        var arguments = ""
    }

    private(set) var content = ""
    private(set) var reasoning = ""
    private(set) var calls: [Call] = []
    private(set) var probabilities: [TokenLogProbability] = []

    /// Adds what an event brought.
    mutating func add(_ parts: [AnswerPart], _ probabilities: [TokenLogProbability]) {
        for part in parts {
            switch part {
            case .content(let text): content += text
            case .reasoning(let text): reasoning += text
            case .call(_, let id, let name): calls.append(Call(id: id, name: name))
            case .arguments(let index, let text):
                if calls.indices.contains(index) { calls[index].arguments += text }
            }
        }
        self.probabilities += probabilities
    }
}
