/// Makes one program of a grammar's parts, markers resolved in a vocabulary.
struct GrammarLinker {
    private let table: TokenTable
    private var builder = ProgramBuilder()

    /// The program of these parts.
    static func link(_ part: Grammar.Part, _ table: TokenTable) -> Program {
        if case .program(let program) = part { return program }
        var linker = GrammarLinker(table: table)
        let rule = linker.rule(part)
        return linker.builder.finish(start: rule)
    }

    private init(table: TokenTable) {
        self.table = table
    }

    /// A rule for a part: a rule each keeps the counters apart.
    private mutating func rule(_ part: Grammar.Part) -> Int32 {
        switch part {
        case .program(let program): return builder.append(program)
        case .repeated(let part, let separator, let least, let most):
            return repeated(part, separator, atLeast: least, atMost: most)
        case .text, .marker, .sequence, .choice, .freeText:
            let rule = builder.rule()
            let end = builder.state(in: rule, accepting: true)
            add(part, from: builder.start(of: rule), to: end)
            return rule
        }
    }

    private mutating func add(_ part: Grammar.Part, from: Int32, to end: Int32) {
        switch part {
        case .text(let bytes): builder.literal(bytes, from: from, to: end)
        case .marker(let name):
            if let token = table.markers[name] {
                builder.marker(token, from: from, to: end)
            } else {
                builder.literal(Array(name.utf8), from: from, to: end)
            }
        case .sequence(let parts):
            var current = from
            for part in parts {
                let next = builder.state(like: from)
                add(part, from: current, to: next)
                current = next
            }
            builder.free(from: current, to: end)
        case .choice(let parts):
            for part in parts { add(part, from: from, to: end) }
        case .freeText(let markers, let first): freeText(except: markers, notBeginningWith: first, from: from, to: end)
        case .program, .repeated: builder.call(rule(part), from: from, to: end)
        }
    }

    private mutating func repeated(
        _ part: Grammar.Part, _ separator: Grammar.Part?, atLeast: Int, atMost: Int?
    ) -> Int32 {
        // Rounds that read nothing cannot be counted by reading.
        let isEmpty = part.mayBeEmpty && separator?.mayBeEmpty ?? true
        let least = isEmpty ? 0 : Int32(clamping: max(atLeast, 0))
        let most = isEmpty ? .max : atMost.map { Int32(clamping: max($0, 0)) } ?? .max
        let rule = builder.rule(minimum: least, maximum: most)
        guard least <= most else { return rule }
        let end = builder.state(in: rule, accepting: true)
        let between = builder.state(in: rule)
        let item = builder.state(in: rule)
        let another = builder.state(in: rule)
        let start = builder.start(of: rule)
        if least == 0 { builder.free(from: start, to: end) }
        builder.step(from: start, to: item)
        builder.call(self.rule(part), from: item, to: between)
        builder.leave(from: between, to: end)
        if let separator {
            let separated = builder.state(in: rule)
            builder.step(from: between, to: separated)
            builder.call(self.rule(separator), from: separated, to: another)
            builder.free(from: another, to: item)
        } else {
            builder.step(from: between, to: item)
        }
        return rule
    }

    /// Any bytes in which the text of no marker occurs, special tokens between them.
    ///
    /// The states are those of Aho and Corasick: the longest beginning of a forbidden text that has just been read.
    private mutating func freeText(
        except markers: [String], notBeginningWith first: UInt8?, from: Int32, to end: Int32
    ) {
        let excluded = Set(markers.compactMap { table.markers[$0] }).union(table.endOfGeneration)
        let texts = markers.filter { table.markers[$0] == nil && !$0.isEmpty }.map { Array($0.utf8) }
        var prefixes: [[UInt8]: Int32] = [:]
        for text in texts {
            for length in 0..<text.count {
                let prefix = Array(text.prefix(length))
                if prefixes[prefix] == nil { prefixes[prefix] = builder.state(like: from) }
            }
        }
        let ground = prefixes[[]] ?? builder.state(like: from)
        prefixes[[]] = ground
        var states = prefixes.map { (prefix: $0.key, state: $0.value) }
        var begin = ground
        if first != nil {
            // Nothing has been read there either, but not all may follow.
            begin = builder.state(like: from)
            states.append((prefix: [], state: begin))
        }
        builder.free(from: from, to: begin)
        for (prefix, state) in states.sorted(by: { $0.state < $1.state }) {
            builder.free(from: state, to: end)
            builder.otherMarkers(than: excluded, from: state, to: ground)
            for byte in UInt8.min...UInt8.max where state != begin || byte != first {
                let read = prefix + [byte]
                guard !texts.contains(where: { read.suffix($0.count).elementsEqual($0) }) else { continue }
                let kept = (0...read.count).lazy.compactMap { prefixes[Array(read.dropFirst($0))] }.first
                builder.bytes(byte, byte, from: state, to: kept ?? ground)
            }
        }
    }
}
