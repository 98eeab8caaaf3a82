import JSON

/// Objects with named members.
extension ProgramBuilder {
    /// The rule of an object.
    ///
    /// Members are written in order, optional ones left out or not. Where members must be counted, the states are
    /// made once for each count; else the count stays 0.
    mutating func object(_ object: ObjectRule) -> Int32 {
        let rule = self.rule()
        let end = state(in: rule, accepting: true)
        let open = state(in: rule)
        anyOf("{", from: start(of: rule), to: open)
        let first = state(in: rule)
        call(gap(), from: open, to: first)
        let count = object.isCounted ? Int(object.highest) + 1 : 1
        let chain = ObjectChain(
            before: (0...object.members.count).map { _ in (0..<count).map { _ in state(in: rule) } },
            after: (0...object.members.count).map { _ in (0..<count).map { _ in state(in: rule) } },
            closing: state(in: rule), lastRequired: object.members.lastIndex(where: \.isRequired) ?? -1)
        close("}", from: chain.closing, to: end)
        free(from: first, to: chain.before[0][0])
        if object.counts.least <= 0, !object.members.contains(where: \.isRequired) {
            anyOf("}", from: first, to: end)
        }
        for index in object.members.indices { member(index, of: object, chain) }
        others(of: object, chain)
        return rule
    }

    /// States between members: before a member's name, and after a member's value.
    private struct ObjectChain {
        let before: [[Int32]]
        let after: [[Int32]]
        let closing: Int32
        /// The last member that may not be left out; -1 if all may.
        let lastRequired: Int
    }

    private mutating func member(_ index: Int, of object: ObjectRule, _ chain: ObjectChain) {
        let member = object.members[index]
        var name: [UInt8] = []
        JSONValue.appendEscaped(member.name, to: &name)
        // All counts share the member's text where there is just one count.
        for count in chain.before[index].indices {
            let here = chain.before[index][count]
            if !member.isRequired { free(from: here, to: chain.before[index + 1][count]) }
            guard let next = self.count(after: count, of: object) else { continue }
            let (named, valued) = (state(like: here), state(like: here))
            literal(name, from: here, to: named)
            colon(from: named, to: valued)
            call(member.value, from: valued, to: chain.after[index + 1][next])
        }
        between(index + 1, of: object, chain)
    }

    /// What may follow a member's value: a comma and one of the later members, or the end.
    private mutating func between(_ index: Int, of object: ObjectRule, _ chain: ObjectChain) {
        let mayEnd = index > chain.lastRequired
        for count in chain.after[index].indices {
            comma(from: chain.after[index][count], to: chain.before[index][count])
            if mayEnd, !object.isCounted || count >= object.counts.least {
                free(from: chain.after[index][count], to: chain.closing)
            }
        }
    }

    /// The count after one more member; `nil` if there may be none.
    private func count(after count: Int, of object: ObjectRule) -> Int? {
        guard object.isCounted else { return 0 }
        if count < object.highest { return count + 1 }
        return object.counts.most == .max ? count : nil
    }

    /// Members of other names, at the end.
    ///
    /// Nothing keeps these names apart. A reader keeps the last of a repeated name, which is valid as well; but only
    /// the first of these members is sure to add to what there is.
    private mutating func others(of object: ObjectRule, _ chain: ObjectChain) {
        guard let others = object.others else { return }
        let name = otherName(than: object.members.map(\.name))
        let last = object.members.count
        guard object.isCounted else {
            other(name, others, from: chain.before[last][0], to: chain.after[last][0])
            // Without named members nothing has made this way back yet.
            if last == 0 { between(0, of: object, chain) }
            return
        }
        let least = max(Int(object.counts.least), 1)
        let most = Int(object.highest)
        guard least <= most else { return }
        let written = (0...most).map { _ in state(like: chain.closing) }
        for count in chain.before[last].indices {
            guard let next = self.count(after: count, of: object), next >= least else { continue }
            other(name, others, from: chain.before[last][count], to: written[next])
        }
        for count in least...most {
            free(from: written[count], to: chain.closing)
            guard let next = self.count(after: count, of: object) else { continue }
            let before = state(like: chain.closing)
            comma(from: written[count], to: before)
            other(name, others, from: before, to: written[next])
        }
    }

    private mutating func other(_ name: Int32, _ value: Int32, from: Int32, to: Int32) {
        let (named, valued) = (state(like: from), state(like: from))
        call(name, from: from, to: named)
        colon(from: named, to: valued)
        call(value, from: valued, to: to)
    }

    /// A member's name that is none of these.
    ///
    /// If there are any, the name has no escapes, in which these could be spelled in other ways.
    mutating func otherName(than names: [String]) -> Int32 {
        guard !names.isEmpty else { return anyString() }
        let names = names.map { Array($0.unicodeScalars) }
            .filter { $0.allSatisfy { CodePointSet.unescaped.contains($0.value) } }
        let rule = self.rule()
        let (end, different) = (state(in: rule, accepting: true), state(in: rule))
        let tails = tails(to: different)
        bytes(0x20, 0x21, from: different, to: different)
        bytes(0x23, 0x5B, from: different, to: different)
        bytes(0x5D, 0x7F, from: different, to: different)
        leads(from: different, tails)
        anyOf("\"", from: different, to: end)
        let root = state(in: rule)
        anyOf("\"", from: start(of: rule), to: root)
        var pending = [(state: root, depth: 0, names: names[...].sorted { $0.lexicographicallyPrecedes($1) }[...])]
        while let (here, depth, group) = pending.popLast() {
            if group.first?.count != depth { anyOf("\"", from: here, to: end) }
            var taken: [ClosedRange<UInt32>] = []
            var rest = group.drop { $0.count == depth }
            while let scalar = rest.first?[depth] {
                let same = rest.prefix { $0[depth] == scalar }
                let next = state(in: rule)
                writtenCharacter(of: CodePointSet(scalar), from: here, to: next)
                pending.append((next, depth + 1, same))
                taken.append(scalar.value...scalar.value)
                rest = rest.dropFirst(same.count)
            }
            let others = CodePointSet.unescaped.subtracting(CodePointSet(taken))
            if taken.allSatisfy({ $0.lowerBound < 0x80 }) {
                writtenCharacter(of: others.intersection(CodePointSet([0...0x7F])), from: here, to: different)
                leads(from: here, tails)
            } else {
                writtenCharacter(of: others, from: here, to: different)
            }
        }
        return rule
    }
}
