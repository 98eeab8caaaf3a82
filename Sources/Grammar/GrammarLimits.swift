/// How much a schema may ask of its compiler.
///
/// Schemas come from clients: every bound here is checked before the work it bounds is done, so that a hostile schema
/// costs no more than the largest honest one.
public struct GrammarLimits: Sendable, Equatable {
    /// How deep a schema may be nested, in steps of its JSON pointers (`/properties/name` are two).
    public var nesting: Int
    /// How many states the automaton may have.
    public var states: Int
    /// How many schemas the document may have, all in all.
    public var schemas: Int
    /// How many values `enum` may list.
    public var enumValues: Int
    /// How many alternatives `anyOf`, `oneOf` and `allOf` may make of one place.
    public var alternatives: Int
    /// How much work a pattern may take, in steps of its automaton.
    public var patternSteps: Int
    /// How deep arrays and objects nest where the schema does not say.
    public var freeNesting: Int

    /// Limits that suit requests.
    public static let standard = GrammarLimits()

    /// Makes limits.
    public init(
        nesting: Int = 128, states: Int = 200_000, schemas: Int = 20_000, enumValues: Int = 20_000,
        alternatives: Int = 1_000, patternSteps: Int = 600_000, freeNesting: Int = 64
    ) {
        self.nesting = nesting
        self.states = states
        self.schemas = schemas
        self.enumValues = enumValues
        self.alternatives = alternatives
        self.patternSteps = patternSteps
        self.freeNesting = freeNesting
    }
}
