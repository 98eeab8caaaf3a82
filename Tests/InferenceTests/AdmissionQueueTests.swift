import Testing

@testable import Inference

/// Who is served when.
@Suite struct AdmissionQueueTests {
    static func job(_ user: UInt32?) -> GenerationJob {
        var request = GenerationRequest(prompt: .text("x"))
        request.userID = user
        return GenerationJob(request, AsyncThrowingStream<GenerationEvent, any Error>.makeStream().continuation)
    }

    /// Begins the job whose turn it is.
    static func next(_ queue: AdmissionQueue) -> GenerationJob? {
        guard let job = queue.upcoming, queue.begin(job) else { return nil }
        return job
    }

    @Test func usersTakeTurns() throws {
        let queue = AdmissionQueue(limit: 16)
        let jobs = [1, 1, 1, 2, 1, 3, 2].map { Self.job($0) }
        for job in jobs { try queue.enter(job) }
        var order: [Int] = []
        while let job = Self.next(queue) {
            order.append(try #require(jobs.firstIndex { $0 === job }))
            queue.finish(job, seconds: 1)
        }
        #expect(order == [0, 3, 5, 1, 6, 2, 4])
    }

    @Test func whoWasServedLastWaitsForTheOthers() throws {
        let queue = AdmissionQueue(limit: 16)
        let first = Self.job(1)
        try queue.enter(first)
        #expect(Self.next(queue) === first)
        let (greedy, modest) = (Self.job(1), Self.job(2))
        try queue.enter(greedy)
        try queue.enter(modest)
        let positions = queue.entries.map { ($0.userID ?? 0) * 10 + UInt32($0.position) }
        #expect(positions == [10, 21, 12])
        queue.finish(first, seconds: 4)
        #expect(Self.next(queue) === modest)
        queue.abandon(greedy)
        #expect(queue.depth == 1 && greedy.isCancelled)
    }

    @Test func positionsAreToldWhenTheyChange() async throws {
        let queue = AdmissionQueue(limit: 16)
        let first = Self.job(1)
        try queue.enter(first)
        _ = Self.next(queue)
        let (events, continuation) = AsyncThrowingStream<GenerationEvent, any Error>.makeStream()
        let between = Self.job(1)
        let job = GenerationJob(GenerationRequest(prompt: .text("x")), continuation)
        try queue.enter(between)
        try queue.enter(job)
        queue.abandon(between)
        queue.finish(first, seconds: 1)
        _ = Self.next(queue)
        continuation.finish()
        var told: [Int] = []
        for try await event in events { if case .queued(let ahead) = event { told.append(ahead) } }
        #expect(told == [1] || told == [2, 1])
    }

    @Test func asManyRunAsThereArePlaces() throws {
        let queue = AdmissionQueue(limit: 2, sessionLimit: 2)
        let jobs = (0..<4).map { _ in Self.job(1) }
        for job in jobs { try queue.enter(job) }
        #expect(throws: GenerationError.self) { try queue.enter(Self.job(1)) }
        #expect(Self.next(queue) === jobs[0])
        #expect(Self.next(queue) === jobs[1])
        #expect(queue.upcoming == nil)
        #expect(queue.entries.map(\.position) == [0, 0, 2, 3])
        queue.abandon(jobs[2])
        #expect(!queue.begin(jobs[2]))
        queue.finish(jobs[1], seconds: 1)
        #expect(Self.next(queue) === jobs[3])
    }
}
