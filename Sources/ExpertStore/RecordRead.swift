import Checkpoint
import Kernels
import Memory
import Synchronization

/// The reading of one expert: its matrices are read side by side, and the last one to come reports the end.
final class RecordRead: Sendable {
    let record: ExpertRecord
    private struct State {
        var missingCount: Int
        var readByteCount = 0
        var attemptCount = 0
        var failure: (any Error)?
        /// Let go with the outcome: the slot then belongs to whoever has that.
        var draft: SlotDraft?
    }

    private let state: Mutex<State>

    /// What came of it.
    struct Outcome: Sendable {
        let record: ExpertRecord
        let weights: Result<RoutedExpert, any Error>
        let readByteCount: Int
        /// Attempts beyond one per matrix.
        let repeatedReadCount: Int
    }

    /// Prepares to read `record` into `draft`.
    init(_ record: ExpertRecord, into draft: SlotDraft) {
        self.record = record
        state = Mutex(State(missingCount: record.parts.count, draft: draft))
    }

    /// Reads the matrix `part`, unless another one has failed; the outcome, if it was the last one.
    func read(_ part: ExpertRecord.Part, _ reader: ExpertReader, isCancelled: Bool) -> Outcome? {
        do {
            if isCancelled { throw CancellationError() }
            if let draft = state.withLock({ $0.failure == nil ? $0.draft : nil }) {
                try reader.read(part, into: draft) { byteCount in
                    state.withLock { state in
                        state.readByteCount += byteCount
                        state.attemptCount += 1
                    }
                }
            }
        } catch {
            state.withLock { state in state.failure = state.failure ?? error }
        }
        return state.withLock { state in
            state.missingCount -= 1
            guard state.missingCount == 0, let draft = state.draft else { return nil }
            state.draft = nil
            return Outcome(
                record: record,
                weights: state.failure.map { .failure($0) } ?? .success(record.weights(in: draft.finish())),
                readByteCount: state.readByteCount,
                repeatedReadCount: max(0, state.attemptCount - record.parts.count))
        }
    }
}
