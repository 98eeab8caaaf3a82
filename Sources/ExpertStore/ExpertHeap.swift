/// Experts of the cache by priority, the lowest first. Equal ones are in the order of layer and number, so that the
/// order in which reads end does not matter.
struct ExpertHeap {
    private struct Entry {
        let key: ExpertKey
        var priority: Double

        func isBefore(_ other: Entry) -> Bool {
            priority == other.priority
                ? (key.layer, key.expert) < (other.key.layer, other.key.expert) : priority < other.priority
        }
    }

    /// No entry comes before the one at half its place.
    private var entries: [Entry] = []
    private var places: [ExpertKey: Int] = [:]

    /// Adds `key` or gives it another priority.
    mutating func set(_ key: ExpertKey, priority: Double) {
        if let place = places[key] {
            entries[place].priority = priority
            settle(place)
        } else {
            entries.append(Entry(key: key, priority: priority))
            settle(entries.count - 1)
        }
    }

    /// Takes `key` out.
    mutating func remove(_ key: ExpertKey) {
        guard let place = places.removeValue(forKey: key) else { return }
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        settle(place)
    }

    /// The first of those that `mayGo`.
    func first(where mayGo: (ExpertKey) -> Bool) -> (key: ExpertKey, priority: Double)? {
        var best: Entry?
        // Nothing below an entry comes before it: only below those that may not go is there anything to find.
        var open = [0]
        while let place = open.popLast() {
            guard place < entries.count else { continue }
            let entry = entries[place]
            if let best, best.isBefore(entry) { continue }
            if mayGo(entry.key) { best = entry } else { open += [2 * place + 1, 2 * place + 2] }
        }
        return best.map { ($0.key, $0.priority) }
    }

    /// Moves the entry at `start` to where it belongs.
    private mutating func settle(_ start: Int) {
        let entry = entries[start]
        var place = start
        while place > 0, entry.isBefore(entries[(place - 1) / 2]) {
            put(entries[(place - 1) / 2], at: place)
            place = (place - 1) / 2
        }
        while 2 * place + 1 < entries.count {
            var child = 2 * place + 1
            if child + 1 < entries.count, entries[child + 1].isBefore(entries[child]) { child += 1 }
            guard entries[child].isBefore(entry) else { break }
            put(entries[child], at: place)
            place = child
        }
        put(entry, at: place)
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        entries[place] = entry
        places[entry.key] = place
    }
}
