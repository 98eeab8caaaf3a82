/// Something that is read in parts, each by whichever thread is free.
protocol PartwiseRead: AnyObject, Sendable {
    /// Parts in all.
    var partCount: Int { get }

    /// Reads the part number `part`.
    func read(part: Int)

    /// Learns that `partCount` parts will never be read.
    func abandon(partCount: Int)
}

/// Which part of which read comes next: what is demanded first, and the rest only while the disk would be idle
/// otherwise. A plain value; `ReadThreads` protects it.
struct ReadSchedule {
    /// How much a read matters, the most urgent first.
    enum Urgency: Int, CaseIterable {
        /// The engine waits for it, or will as soon as it has nothing else to do.
        case demanded
        /// It will be demanded.
        case certain
        /// It will probably be demanded.
        case expected
        /// It may be of use some time.
        case warming
    }

    /// A part that is to be read.
    struct Task {
        let read: any PartwiseRead
        let part: Int
        fileprivate let isDemanded: Bool
    }

    private struct Entry {
        let read: any PartwiseRead
        var nextPart = 0
    }

    /// Parts that are not demanded and read at the same time, at most: a demand has to wait for these. Four keep a disk
    /// busy.
    private static let idleLimit = 4, warmingLimit = 2

    /// Reads of each urgency that have parts left, in order.
    private var waiting = [[Entry]](repeating: [], count: Urgency.allCases.count)
    private var demandedCount = 0
    private var idleCount = 0

    /// Puts `read` at the end of its urgency.
    mutating func add(_ read: any PartwiseRead, _ urgency: Urgency) {
        waiting[urgency.rawValue].append(Entry(read: read))
    }

    /// The part to read now, if any may be; `finish` follows.
    mutating func next() -> Task? {
        guard let urgency = nextUrgency else { return nil }
        let isDemanded = urgency == .demanded
        if isDemanded { demandedCount += 1 } else { idleCount += 1 }
        let entry = waiting[urgency.rawValue][0]
        if entry.nextPart + 1 < entry.read.partCount {
            waiting[urgency.rawValue][0].nextPart += 1
        } else {
            waiting[urgency.rawValue].removeFirst()
        }
        return Task(read: entry.read, part: entry.nextPart, isDemanded: isDemanded)
    }

    /// Whether `next` has a part.
    var hasNext: Bool { nextUrgency != nil }

    private var nextUrgency: Urgency? {
        guard let first = Urgency.allCases.first(where: { !waiting[$0.rawValue].isEmpty }) else { return nil }
        let limit = first == .warming ? Self.warmingLimit : Self.idleLimit
        return first == .demanded || demandedCount == 0 && idleCount < limit ? first : nil
    }

    /// Takes note of the end of a part.
    mutating func finish(_ task: Task) {
        if task.isDemanded { demandedCount -= 1 } else { idleCount -= 1 }
    }

    /// Makes what is left of `read` a demand.
    mutating func promote(_ read: any PartwiseRead) {
        guard let entry = take(read, from: Urgency.allCases.dropFirst()) else { return }
        waiting[Urgency.demanded.rawValue].append(entry)
    }

    /// Forgets what is left of `read`; the number of its parts that will not be read.
    mutating func remove(_ read: any PartwiseRead) -> Int {
        take(read, from: Urgency.allCases[...]).map { $0.read.partCount - $0.nextPart } ?? 0
    }

    private mutating func take(_ read: any PartwiseRead, from urgencies: ArraySlice<Urgency>) -> Entry? {
        for urgency in urgencies {
            // The newest are looked for most.
            if let place = waiting[urgency.rawValue].lastIndex(where: { $0.read === read }) {
                return waiting[urgency.rawValue].remove(at: place)
            }
        }
        return nil
    }
}
