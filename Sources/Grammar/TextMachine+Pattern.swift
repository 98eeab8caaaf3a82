extension TextMachine {
    /// Makes the machine of the texts in which a pattern is found.
    ///
    /// - Parameter steps: how much work may be done; what was done is taken off.
    init(pattern: String, steps: inout Int) throws(PatternError) {
        steps -= 8 * pattern.utf8.count
        guard steps > 0, pattern.utf8.count < 10_000 else {
            throw PatternError(message: "pattern is too long; shorten it")
        }
        let node = try PatternParser.parse(pattern)
        guard node.size < steps / 16 else {
            throw PatternError(message: "pattern is too long or repeats too much; lower the bounds")
        }
        steps -= 4 * node.size
        var subsets = SubsetConstruction(PatternMachine(node))
        self = try subsets.run(&steps)
    }
}

/// Makes a pattern's machine deterministic: a state of the result is the set of states that may have been reached.
private struct SubsetConstruction {
    private let machine: PatternMachine
    /// Code points that no set tells apart, together.
    private var classes: [CodePointSet] = []
    /// The classes that make up each set of the machine.
    private var classesOfSet: [[Int]] = []
    /// When each state was last found on the way; cheaper than emptying a set.
    private var mark: [Int]
    private var round = 0

    init(_ machine: PatternMachine) {
        self.machine = machine
        mark = Array(repeating: 0, count: machine.reading.count)
    }

    mutating func run(_ steps: inout Int) throws(PatternError) -> TextMachine {
        try classify(&steps)
        let absorbing = closure([machine.found], atStart: false, atEnd: false, &steps)
        var result = TextMachine(ways: [], accepting: [])
        // The start is a state of its own: only there `^` holds.
        var sets = [closure([machine.start], atStart: true, atEnd: false, &steps)]
        var numbers: [[Int]: Int] = [:]
        var index = 0
        while index < sets.count {
            let here = sets[index]
            result.accepting.append(
                closure(here, atStart: index == 0, atEnd: true, &steps).contains(machine.end))
            var targets: [[Int]] = Array(repeating: [], count: classes.count)
            for state in here {
                guard let way = machine.reading[state] else { continue }
                for number in classesOfSet[way.set] { targets[number].append(way.to) }
                steps -= classesOfSet[way.set].count
            }
            var ranges: [Int: [ClosedRange<UInt32>]] = [:]
            var order: [Int] = []
            for (number, target) in targets.enumerated() where !target.isEmpty {
                var next = closure(target, atStart: false, atEnd: false, &steps)
                // A pattern that has been found stays found: what else might be found does not matter.
                if mark[machine.end] == round { next = absorbing }
                steps -= 16
                guard steps > 0 else {
                    throw PatternError(message: "pattern is too complex to enforce; simplify it")
                }
                let known = numbers[next] ?? sets.count
                if known == sets.count { sets.append(next) }
                numbers[next] = known
                if ranges[known] == nil { order.append(known) }
                ranges[known, default: []] += classes[number].ranges
            }
            result.ways.append(order.map { TextMachine.Way(set: CodePointSet(ranges[$0] ?? []), to: $0) })
            index += 1
        }
        return result
    }

    /// Cuts the code points where any set begins or ends, and puts together what all sets treat alike.
    private mutating func classify(_ steps: inout Int) throws(PatternError) {
        var cuts: Set<UInt32> = [0]
        for range in machine.sets.flatMap(\.ranges) { cuts.formUnion([range.lowerBound, range.upperBound + 1]) }
        let sorted = cuts.sorted().filter { $0 <= 0x10FFFF }
        steps -= sorted.count * machine.sets.count
        guard steps > 0 else { throw PatternError(message: "pattern has too many character classes; simplify it") }
        var numbers: [[Bool]: Int] = [:]
        var ranges: [[ClosedRange<UInt32>]] = []
        for (index, low) in sorted.enumerated() {
            let high = index + 1 < sorted.count ? sorted[index + 1] - 1 : 0x10FFFF
            let members = machine.sets.map { $0.contains(low) }
            let number = numbers[members] ?? ranges.count
            if number == ranges.count { ranges.append([]) }
            numbers[members] = number
            ranges[number].append(low...high)
        }
        classes = ranges.map { CodePointSet($0) }
        classesOfSet = machine.sets.indices.map { set in
            numbers.filter { $0.key[set] && !classes[$0.value].isEmpty }.map(\.value).sorted()
        }
    }

    /// The states reached by reading nothing, ascending.
    private mutating func closure(_ states: [Int], atStart: Bool, atEnd: Bool, _ steps: inout Int) -> [Int] {
        round += 1
        var found: [Int] = []
        var pending = states
        while let state = pending.popLast() {
            guard mark[state] != round else { continue }
            mark[state] = round
            found.append(state)
            for way in machine.free[state] {
                switch way.condition {
                case .none: pending.append(way.to)
                case .atStart: if atStart { pending.append(way.to) }
                case .atEnd: if atEnd { pending.append(way.to) }
                }
            }
        }
        steps -= 2 * found.count
        return found.sorted()
    }
}
