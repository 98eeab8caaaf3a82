import Kernels
import Synchronization

/// The requests that run or wait, no more than the limit: users take turns, each user's requests come in order.
///
/// Entered by the server's tasks, left by the engine thread or by clients that give up.
final class AdmissionQueue: Sendable {
    private struct State {
        /// In the order they came.
        var waiting: [GenerationJob] = []
        var running: GenerationJob?
        /// When each user was served last, as a number that grows.
        var turns: [UInt32?: Int] = [:]
        var turn = 0
        /// Seconds that a generation takes, for estimates: recent ones count more.
        var usualSeconds = 1.0
        var runningSince = ContinuousClock.now

        /// The waiting jobs in the order in which they will be served.
        var order: [GenerationJob] {
            var queues: [UInt32?: ArraySlice<GenerationJob>] = [:]
            for job in waiting { queues[job.request.userID, default: []].append(job) }
            // Who was served longest ago comes first, then who came first.
            var users = queues.keys.map { user in
                (user: user, turn: turns[user] ?? -1, first: queues[user]?.first?.number ?? 0)
            }
            var result: [GenerationJob] = []
            while !users.isEmpty {
                users.sort { ($0.turn, $0.first) < ($1.turn, $1.first) }
                for index in users.indices {
                    guard let job = queues[users[index].user]?.popFirst() else { continue }
                    result.append(job)
                    users[index].turn = .max - 1
                    users[index].first = queues[users[index].user]?.first?.number ?? .max
                }
                users.removeAll { queues[$0.user]?.isEmpty ?? true }
            }
            return result
        }
    }

    private let state = Mutex(State())
    private let limit: Int

    /// A queue for `limit` requests beside the one that runs.
    init(limit: Int) {
        self.limit = limit
    }

    /// The requests as operators may see them, the one that runs first.
    var entries: [QueueEntry] {
        state.withLock { state in
            let now = ContinuousClock.now
            let left = max(0, state.usualSeconds - (now - state.runningSince).seconds)
            let first = state.running == nil ? 0 : 1
            let jobs = (state.running.map { [$0] } ?? []) + state.order
            return jobs.enumerated().map { index, job in
                QueueEntry(
                    id: job.number, userID: job.request.userID, position: index,
                    ageSeconds: (now - job.began).seconds,
                    expectedSeconds: (first == 1 ? left : 0) + Double(index + 1 - first) * state.usualSeconds)
            }
        }
    }

    /// Requests running or waiting.
    var depth: Int { state.withLock { $0.waiting.count + ($0.running == nil ? 0 : 1) } }

    /// Puts `job` at its user's end.
    func enter(_ job: GenerationJob) throws(GenerationError) {
        let refusal: GenerationError? = state.withLock { state in
            // Until the engine has taken the first waiting job, that one counts as running.
            let waiting = state.waiting.count + (state.running == nil ? -1 : 0)
            guard waiting < limit else {
                let seconds = (state.usualSeconds * Double(waiting + 1)).rounded(.up)
                let bounded = Int(min(max(seconds, 1), 3600))
                return GenerationError(
                    .queueFull(retryAfterSeconds: bounded),
                    "\(waiting) requests wait already; try again in \(bounded) s")
            }
            state.waiting.append(job)
            return nil
        }
        if let refusal { throw refusal }
        tellPositions()
    }

    /// Takes the job whose turn it is to run it.
    func next() -> GenerationJob? {
        let job: GenerationJob? = state.withLock { state in
            guard let job = state.waiting.count == 1 ? state.waiting.first : state.order.first else { return nil }
            state.waiting.removeAll { $0 === job }
            state.running = job
            state.runningSince = .now
            state.turn += 1
            state.turns[job.request.userID] = state.turn
            // Users who have left are forgotten in the end.
            if state.turns.count > 1024 { state.turns = [job.request.userID: state.turn] }
            return job
        }
        tellPositions()
        return job
    }

    /// The running job has ended after `seconds`.
    func finish(seconds: Double) {
        state.withLock { state in
            state.running = nil
            state.usualSeconds += (seconds - state.usualSeconds) / 4
        }
    }

    /// A client gave up: the job stops if it runs and leaves the queue if it waits.
    func abandon(_ job: GenerationJob) {
        job.cancel()
        let wasWaiting = state.withLock { state in
            let count = state.waiting.count
            state.waiting.removeAll { $0 === job }
            return state.waiting.count < count
        }
        if wasWaiting { tellPositions() }
    }

    /// Tells those who wait how many are before them, if that has changed.
    private func tellPositions() {
        let (ahead, order) = state.withLock { state in
            (state.running == nil ? 0 : 1, state.waiting.isEmpty ? [] : state.order)
        }
        for (index, job) in order.enumerated() where index + ahead > 0 { job.tell(position: index + ahead) }
    }
}
