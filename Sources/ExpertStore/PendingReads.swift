import Kernels
import Memory
import Synchronization

/// The experts that one visit has to read: not yet asked for, being read, arrived. Used by the visiting thread.
final class PendingReads {
    private let reader: ExpertReader
    private let threads: ReadThreads
    private let arrivals = Channel<RecordRead.Outcome>()
    private let isCancelled = SharedFlag()
    private var waiting: ArraySlice<ExpertRecord>
    private var underwayCount = 0

    init(_ records: [ExpertRecord], _ reader: ExpertReader, _ threads: ReadThreads) {
        waiting = records[...]
        self.reader = reader
        self.threads = threads
    }

    /// Whether some have not been asked for.
    var hasMore: Bool { !waiting.isEmpty }
    /// Whether some have been asked for and not taken.
    var isUnderway: Bool { underwayCount > 0 }
    /// Whether all have been taken.
    var isDone: Bool { waiting.isEmpty && underwayCount == 0 }

    /// Asks for the next one, for which there is a slot.
    func startNext() {
        guard let record = waiting.popFirst() else { return }
        underwayCount += 1
        let read = RecordRead(record, into: reader.slots.draft())
        for part in record.parts {
            threads.submit { [reader, arrivals, isCancelled] in
                guard let outcome = read.read(part, reader, isCancelled: isCancelled.isSet) else { return }
                arrivals.send(outcome)
            }
        }
    }

    /// All that have arrived, without waiting.
    func takeAll() -> [RecordRead.Outcome] {
        let arrived = arrivals.receiveAll()
        underwayCount -= arrived.count
        return arrived
    }

    /// All that have arrived, at least one; only while some are underway.
    func wait() -> [RecordRead.Outcome] {
        precondition(isUnderway, "nothing to wait for")
        guard let first = arrivals.receive() else { return [] }
        underwayCount -= 1
        return [first] + takeAll()
    }

    /// Reads that have not begun end without reading, and no more are started.
    func cancel() {
        isCancelled.set()
        waiting = []
    }
}

/// A flag that one thread sets and others read.
private final class SharedFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
