import Checkpoint
import Kernels
import Memory
import Synchronization

/// The reading of one record: its parts are read side by side, and the last one to come reports the end.
final class RecordRead: PartwiseRead {
    /// What is told on the way, by whichever thread comes to know it.
    enum Report: Sendable {
        /// A part cannot be read. The slot is free when the end is reported, which may take as long as the disk does.
        case failed(any Error)
        /// Nobody reads any more.
        case ended(Outcome)
    }

    /// What came of it.
    struct Outcome: Sendable {
        /// The filled slot; a `CancellationError` if parts were abandoned.
        let slot: Result<AlignedBuffer, any Error>
        let readByteCount: Int
        /// Attempts beyond one per part.
        let repeatedReadCount: Int
    }

    private struct State {
        var missingCount: Int
        var readByteCount = 0
        /// Attempts, less those that every part needs.
        var repeatedReadCount = 0
        var failure: (any Error)?
        /// Let go with the outcome: the slot then belongs to whoever has that.
        var draft: SlotDraft?
    }

    private let record: SlotRecord
    private let reader: RecordReader
    private let state: Mutex<State>
    private let report: @Sendable (Report) -> Void

    /// Prepares to read `record` into `draft`.
    init(
        _ record: SlotRecord, into draft: SlotDraft, _ reader: RecordReader,
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.record = record
        self.reader = reader
        self.report = report
        state = Mutex(State(missingCount: record.parts.count, draft: draft))
    }

    var partCount: Int { record.parts.count }

    /// Reads a part, unless another one has failed.
    func read(part: Int) {
        do {
            if let draft = state.withLock({ $0.failure == nil ? $0.draft : nil }) {
                var attemptCount = 0
                defer { let count = attemptCount; state.withLock { $0.repeatedReadCount += max(0, count - 1) } }
                try reader.read(record.parts[part], into: draft) { byteCount in
                    attemptCount += 1
                    state.withLock { $0.readByteCount += byteCount }
                }
            }
        } catch {
            fail(error)
            report(.failed(error))
        }
        end(partCount: 1)
    }

    func abandon(partCount: Int) {
        fail(CancellationError())
        end(partCount: partCount)
    }

    private func fail(_ error: any Error) { state.withLock { $0.failure = $0.failure ?? error } }

    private func end(partCount: Int) {
        let outcome = state.withLock { state -> Outcome? in
            state.missingCount -= partCount
            guard state.missingCount == 0, let draft = state.draft else { return nil }
            state.draft = nil
            return Outcome(
                slot: state.failure.map { .failure($0) } ?? .success(draft.finish()),
                readByteCount: state.readByteCount, repeatedReadCount: state.repeatedReadCount)
        }
        if let outcome { report(.ended(outcome)) }
    }
}
