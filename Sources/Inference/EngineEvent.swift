/// What happens to models, for those who keep a log. Told on the engine's thread, which waits.
public enum EngineEvent: Sendable {
    /// A model is in memory; how long that took.
    case loaded(ModelSummary, seconds: Double)
    /// A model has left memory.
    case letGo(ModelSummary)
}
