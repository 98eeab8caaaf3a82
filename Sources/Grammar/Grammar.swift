import Synchronization

/// What an answer may be: a language over bytes and special tokens ("markers").
///
/// Grammars are values that are put together from parts and compiled when the first answer begins; what is worked
/// out for one vocabulary is kept with the grammar, so that keeping a grammar makes its next answers cheaper.
public struct Grammar: Sendable {
    /// How a grammar is put together.
    indirect enum Part: Sendable {
        case program(Program)
        case text([UInt8])
        case marker(String)
        case sequence([Part])
        case choice([Part])
        case repeated(Part, separator: Part?, atLeast: Int, atMost: Int?)
        case freeText(except: [String], notBeginningWith: UInt8?)

        /// Whether nothing is one of the texts.
        var mayBeEmpty: Bool {
            switch self {
            case .program, .marker: false
            case .text(let bytes): bytes.isEmpty
            case .sequence(let parts): parts.allSatisfy(\.mayBeEmpty)
            case .choice(let parts): parts.contains(where: \.mayBeEmpty)
            case .repeated(let part, _, let least, _): least <= 0 || part.mayBeEmpty
            case .freeText: true
            }
        }
    }

    let part: Part
    private let kept = KeptCache()

    init(_ part: Part) {
        self.part = part
    }

    /// The masks of this grammar for a vocabulary: those of the last answer if it was of the same vocabulary.
    func cache(for table: TokenTable) -> MaskCache {
        kept.cache.withLock { kept in
            if let kept, kept.table === table { return kept }
            let made = MaskCache(GrammarLinker.link(part, table), table)
            kept = made
            return made
        }
    }
}

/// The cache that a grammar's copies share.
private final class KeptCache: Sendable {
    let cache = Mutex<MaskCache?>(nil)
}
