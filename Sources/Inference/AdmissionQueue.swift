import Kernels
import Synchronization

/// The requests that run or wait, no more than the limit: users take turns, each user's requests come in order.
///
/// Entered by the server's tasks, left by the engine thread or by clients that give up.
final class AdmissionQueue: Sendable {
    private struct State {
        /// In the order they came.
        var waiting: [GenerationJob] = []
        var running: [GenerationJob] = []
        /// When each user was served last, as a number that grows.
        var turns: [UInt32?: Int] = [:]
        var turn = 0
        /// Seconds that a generation takes, for estimates: recent ones count more.
        var usualSeconds = 1.0
        /// When the first of those that run began, or the last one ended.
        var runningSince = ContinuousClock.now
        /// Requests that may wait.
        var limit: Int

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

    private let state: Mutex<State>
    /// Requests that run at the same time.
    private let sessionLimit: Int

    /// A queue for `limit` requests beside the `sessionLimit` that run.
    init(limit: Int, sessionLimit: Int = 1) {
        state = Mutex(State(limit: limit))
        self.sessionLimit = sessionLimit
    }

    /// Lets another number of requests wait; those that do already stay.
    func setLimit(_ limit: Int) { state.withLock { $0.limit = limit } }

    /// The requests as operators may see them, those that run first.
    var entries: [QueueEntry] {
        state.withLock { state in
            let now = ContinuousClock.now
            let left = state.running.isEmpty ? 0 : max(0, state.usualSeconds - (now - state.runningSince).seconds)
            let running = state.running.map { ($0, 0, left) }
            let waiting = state.order.enumerated().map { index, job in
                // As many as run at a time begin, and end, together.
                let turns = index / sessionLimit + 1
                return (job, index + running.count, left + Double(turns) * state.usualSeconds)
            }
            return (running + waiting).map { job, position, seconds in
                QueueEntry(
                    id: job.number, userID: job.request.userID, position: position,
                    ageSeconds: (now - job.began).seconds, expectedSeconds: seconds)
            }
        }
    }

    /// Requests running or waiting.
    var depth: Int { state.withLock { $0.waiting.count + $0.running.count } }

    /// Puts `job` at its user's end.
    func enter(_ job: GenerationJob) throws(GenerationError) {
        let refusal: GenerationError? = state.withLock { state in
            // Until the engine has taken those for which it has a place, they count as running.
            let waiting = state.waiting.count - max(0, sessionLimit - state.running.count)
            guard waiting < state.limit else {
                let seconds = (state.usualSeconds * Double(waiting / sessionLimit + 1)).rounded(.up)
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

    /// The job whose turn it is, if there is a place for it.
    var upcoming: GenerationJob? {
        state.withLock { state in
            guard state.running.count < sessionLimit else { return nil }
            return state.waiting.count == 1 ? state.waiting.first : state.order.first
        }
    }

    /// Takes `job`, whose turn it is, to run it; `false` if it has left.
    func begin(_ job: GenerationJob) -> Bool {
        let isWaiting = state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { $0 === job }) else { return false }
            state.waiting.remove(at: index)
            if state.running.isEmpty { state.runningSince = .now }
            state.running.append(job)
            state.turn += 1
            state.turns[job.request.userID] = state.turn
            // Users who have left are forgotten in the end.
            if state.turns.count > 1024 { state.turns = [job.request.userID: state.turn] }
            return true
        }
        if isWaiting { tellPositions() }
        return isWaiting
    }

    /// `job`, which ran, has ended after `seconds`.
    func finish(_ job: GenerationJob, seconds: Double) {
        state.withLock { state in
            state.running.removeAll { $0 === job }
            state.runningSince = .now
            state.usualSeconds += (seconds - state.usualSeconds) / 4
        }
        tellPositions()
    }

    /// A client gave up: the job stops if it runs and leaves the queue if it waits.
    func abandon(_ job: GenerationJob) {
        job.cancel()
        _ = withdraw(job)
    }

    /// Takes `job` out of the queue; `false` if it does not wait there.
    func withdraw(_ job: GenerationJob) -> Bool {
        let wasWaiting = state.withLock { state in
            let count = state.waiting.count
            state.waiting.removeAll { $0 === job }
            return state.waiting.count < count
        }
        if wasWaiting { tellPositions() }
        return wasWaiting
    }

    /// Has the answers that are generated end where they are.
    func cutShort() { for job in state.withLock({ $0.running }) { job.cutShort() } }

    /// Tells those who wait how many are before them, if that has changed.
    private func tellPositions() {
        let (ahead, order) = state.withLock { state in
            (state.running.count, state.waiting.isEmpty ? [] : state.order)
        }
        // Whoever gets a place at once need not know of a queue.
        for (index, job) in order.enumerated() where index + ahead >= sessionLimit {
            job.tell(position: index + ahead)
        }
    }
}
