import Checkpoint

/// Starting with what earlier runs used most.
extension PagedExperts {
    /// Takes `file`, if it belongs to this model and is intact, for what is known of the experts' uses, and fills the
    /// slots with the most used ones while the disk has nothing else to do. Before the first visit only; whether there
    /// was anything to start from.
    @discardableResult
    public func warm(from file: UsageFile) -> Bool {
        guard let usage = file.read(expertCounts: records.map(\.count)) else { return false }
        let ranking = usage.ranking()
        state.withLock { state in
            state.usage = usage
            for (key, rate) in ranking { state.cache.learn(key, rate: rate) }
        }
        for (key, _) in ranking.prefix(slotCount) {
            state.withLock { state in
                precondition(state.cache.makeRoom(), "slots are in use before the first visit")
                state.warming.append(key)
            }
            start(records[key.layer][key.expert], .warming)
        }
        return !ranking.isEmpty
    }

    /// Writes how often which expert was used, in earlier runs too, to `file`.
    public func remember(in file: UsageFile) throws(CheckpointError) { try file.write(state.withLock { $0.usage }) }
}
