/// Reading ahead: by what the routers of later layers say of the current state.
extension PagedExperts {
    /// Experts that may be read ahead at the same time, or wait for their layer: at most so many, and so large a part
    /// of the slots.
    fileprivate static let aheadLimit = 16
    fileprivate static let aheadShare = 8

    /// Whether forecasts are welcome now: there is room for more reads, and earlier forecasts came true.
    public func wantsForecast() -> Bool {
        state.withLock { state in
            guard state.gauge.isWorthwhile else {
                state.gauge.skip()
                return false
            }
            return state.aheadCount < state.aheadLimit
        }
    }

    /// Reads those of `experts`, the likeliest first, that are in no slot while the disk would be idle: `layer` will
    /// probably ask for them soon. Earlier forecasts for the layer that nobody has begun to read are forgotten.
    public func expect(_ experts: [Int], layer: Int) {
        let useless = state.withLock { state in
            state.underway.retractForecasts { $0.layer == layer && !experts.contains($0.expert) }
        }
        for read in useless { disk.threads.cancel(read) }
        for expert in experts {
            let record = records[layer][expert]
            let isStarted = state.withLock { state -> Bool in
                guard !state.cache.contains(record.key), state.aheadCount < state.aheadLimit else { return false }
                guard !state.underway.contains(record.key), state.cache.makeRoomAhead() else { return false }
                state.count(\.aheadCount)
                return true
            }
            if isStarted { start(record, .expected) }
        }
    }
}

extension PagedExperts.State {
    /// Experts that are read ahead or wait for their layer.
    fileprivate var aheadCount: Int { cache.aheadCount + underway.forecastCount }

    /// Those that there may be now.
    fileprivate var aheadLimit: Int { min(PagedExperts.aheadLimit, cache.slotLimit / PagedExperts.aheadShare) }
}
