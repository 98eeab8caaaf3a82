/// Which lines the lights and the button of a board are on.
public struct PanelSettings: Sendable, Equatable {
    /// The chip of all lines: a path, a name such as `gpiochip0`, or a label; empty looks for the line on all chips.
    public var chip = ""
    /// The line of the main light: a name or an offset; `nil` if there is none.
    public var light: String?
    /// The line of the second light, which is dark unless something should be looked at.
    public var alert: String?
    /// Whether the lights are on when their lines are low.
    public var lightsAreActiveLow = false
    /// The line of the button.
    public var button: String?
    /// Whether the button draws its line low, as one to ground does.
    public var buttonIsActiveLow = true
    /// What the chip does to the button's line while nobody presses it.
    public var bias = GpioBias.pullUp
    /// How long the button's line is to be still.
    public var debounceMilliseconds = 20
    /// How long a long press is.
    public var longMilliseconds = 1500

    /// Nothing is connected.
    public init() {}

    /// Whether there is anything to drive.
    public var isEmpty: Bool { light == nil && alert == nil && button == nil }
}
