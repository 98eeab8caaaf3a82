/// `[gpio]`: lights and a button on GPIO lines, by name or offset.
public struct GpioSection: ConfigurationSection {
    /// What a chip does to the button's line while nobody presses it.
    public enum Bias: String, CaseIterable, Sendable {
        case asIs = "as-is"
        case pullUp = "pull-up"
        case pullDown = "pull-down"
        case disabled
    }

    /// The chip of all lines: a path, a name or a label; `nil` looks for the lines on all chips.
    public var chip: String?
    /// The line of the light; `nil` if there is none.
    public var led: String?
    /// The line of a second light, for what should be looked at.
    public var alertLed: String?
    /// Whether lights are on when their lines are low.
    public var ledActiveLow = false
    /// The line of the button; `nil` if there is none.
    public var button: String?
    /// Whether the button draws its line low.
    public var buttonActiveLow = true
    /// What the chip does to the button's line.
    public var buttonBias = Bias.pullUp
    /// How long the button's line is to be still.
    public var debounce = Duration.milliseconds(20)
    /// How long a long press is.
    public var longPress = Duration.milliseconds(1500)

    /// The table's name.
    public static let name = "gpio"
    /// Its keys.
    public static let settings: [Setting<Self>] = [
        Setting("chip", \.chip, .optional(.text)),
        Setting("led", \.led, .optional(.text)),
        Setting("alert_led", \.alertLed, .optional(.text)),
        Setting("led_active_low", \.ledActiveLow, .flag),
        Setting("button", \.button, .optional(.text)),
        Setting("button_active_low", \.buttonActiveLow, .flag),
        Setting("button_bias", \.buttonBias, .choice),
        Setting("debounce", \.debounce, .duration(.zero ... .seconds(1))),
        Setting("long_press", \.longPress, .duration(.milliseconds(300) ... .seconds(30))),
    ]

    /// The defaults.
    public init() {}
}
