import Synchronization

/// The masks of one program for one vocabulary, worked out as answers need them.
///
/// A mask depends on all returns on the stack, yet few tokens reach past the rule they begin in. So the vocabulary is
/// walked with an unknown caller: which tokens stay inside (the "reach"), and where in the vocabulary's tree the rule
/// ends. Reaches are kept; only the ends are walked on in the callers. All copies of a matcher share a cache.
final class MaskCache: Sendable {
    let program: Program
    let table: TokenTable
    /// Shared by matchers on any thread; everything in it is derived, so that dropping it is always right.
    private let walker: Mutex<VocabularyWalker>

    init(_ program: Program, _ table: TokenTable) {
        self.program = program
        self.table = table
        walker = Mutex(VocabularyWalker(program, table))
    }

    /// The ordinary tokens that can follow at these positions.
    func ordinaryTokens(at positions: [Position], in arena: StackArena) -> TokenMask {
        walker.withLock { $0.tokens(at: positions, in: arena) }
    }
}
