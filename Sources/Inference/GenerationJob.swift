import Synchronization

/// One request on its way through the engine.
final class GenerationJob: Sendable {
    /// Counts the requests of this process.
    let number: Int
    let request: GenerationRequest
    let events: AsyncThrowingStream<GenerationEvent, any Error>.Continuation
    /// When it was submitted.
    let began = ContinuousClock.now
    private let cancelled = Atomic<Bool>(false)
    private let wasCutShort = Atomic<Bool>(false)
    private let position = Atomic<Int>(0)
    private static let count = Atomic<Int>(0)

    init(_ request: GenerationRequest, _ events: AsyncThrowingStream<GenerationEvent, any Error>.Continuation) {
        number = Self.count.add(1, ordering: .relaxed).newValue
        self.request = request
        self.events = events
    }

    /// Whether the client has left.
    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// Whether its time is over.
    var isLate: Bool { request.timeout.map { began + $0 < .now } ?? false }

    /// Whether work for it is of no more use.
    var isUnwanted: Bool { isCancelled || isLate || isCutShort }

    /// Ends the work within one layer.
    func cancel() { cancelled.store(true, ordering: .relaxed) }

    /// Whether the answer is to end where it is.
    var isCutShort: Bool { wasCutShort.load(ordering: .relaxed) }

    /// Has the answer end where it is, within one layer: its client gets what there is.
    func cutShort() { wasCutShort.store(true, ordering: .relaxed) }

    /// Tells the client how many are before it, unless it knows.
    func tell(position ahead: Int) {
        if position.exchange(ahead, ordering: .relaxed) != ahead { events.yield(.queued(ahead: ahead)) }
    }
}
