/// Reads that have not ended, by what they read. A plain value.
struct UnderwayReads<Key: Hashable & Sendable> {
    private struct Entry {
        let read: RecordRead
        var urgency: ReadSchedule.Urgency
        /// Whether it is bound to end without weights for whoever asks for them from now on.
        var isStale = false

        var isForecast: Bool { urgency == .expected && !isStale }
    }

    private var entries: [Key: Entry] = [:]
    /// Reads that somebody will probably ask for.
    private(set) var forecastCount = 0

    var count: Int { entries.count }
    var all: [RecordRead] { entries.values.map(\.read) }

    /// The first that comes to hand.
    var any: RecordRead? { entries.values.first?.read }

    func contains(_ key: Key) -> Bool { entries[key] != nil }
    func urgency(of key: Key) -> ReadSchedule.Urgency? { entries[key]?.urgency }
    func isStale(_ key: Key) -> Bool { entries[key]?.isStale ?? false }

    /// The read of `key`, if it has `urgency`.
    func read(of key: Key, _ urgency: ReadSchedule.Urgency) -> RecordRead? {
        entries[key].flatMap { $0.urgency == urgency ? $0.read : nil }
    }

    mutating func begin(_ key: Key, _ read: RecordRead, _ urgency: ReadSchedule.Urgency) {
        set(key, Entry(read: read, urgency: urgency))
    }

    /// Makes the read of `key` a demand; it and what it was before, or `nil` if there is none.
    mutating func promote(_ key: Key) -> (read: RecordRead, from: ReadSchedule.Urgency)? {
        guard var entry = entries[key] else { return nil }
        defer {
            entry.urgency = .demanded
            set(key, entry)
        }
        return (entry.read, entry.urgency)
    }

    /// Remembers that the read of `key` failed, or was given up, before whoever asks for it next.
    mutating func markStale(_ key: Key) {
        guard var entry = entries[key] else { return }
        entry.isStale = true
        set(key, entry)
    }

    /// Gives up the forecasts that `isUseless` is true of; their reads.
    mutating func retractForecasts(where isUseless: (Key) -> Bool) -> [RecordRead] {
        guard forecastCount > 0 else { return [] }
        return entries.filter { $0.value.isForecast && isUseless($0.key) }.map { key, entry in
            markStale(key)
            return entry.read
        }
    }

    /// Gives up a forecast, whichever comes to hand; its read.
    mutating func retractForecast() -> RecordRead? {
        guard let (key, entry) = entries.first(where: { $0.value.isForecast }) else { return nil }
        markStale(key)
        return entry.read
    }

    /// Forgets the read of `key`; how urgent it was at last.
    @discardableResult
    mutating func end(_ key: Key) -> ReadSchedule.Urgency? {
        let entry = entries[key]
        set(key, nil)
        return entry?.urgency
    }

    private mutating func set(_ key: Key, _ entry: Entry?) {
        if entries[key]?.isForecast == true { forecastCount -= 1 }
        if entry?.isForecast == true { forecastCount += 1 }
        entries[key] = entry
    }
}
