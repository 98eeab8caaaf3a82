/// What the board makes the engine do without.
public struct EngineRestraint: Sendable, Equatable {
    /// Signs of memory pressure that were answered since the start.
    public var pressureCount = 0
    /// Slots of the expert cache; 0 if no model is paged.
    public var slotCount = 0
    /// Those of them that have memory now.
    public var heldSlotCount = 0
    /// Share of the time in which the engine may work.
    public var pace = 1.0
    /// Why it may not work all the time, for people; empty if it may.
    public var paceReason = ""
    /// What the pace goes by, as it was read last; `nil` where there is no sensor.
    public var temperature: BoardTemperature?
    /// Seconds that it has rested for that reason since the start.
    public var restedSeconds = 0.0

    /// No restraint.
    public init() {}

    /// Whether slots had to give their memory back.
    public var isShrunk: Bool { heldSlotCount < slotCount }
    /// Whether the engine may not work all the time.
    public var isPaced: Bool { pace < 1 }
}
