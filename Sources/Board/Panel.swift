import CLinux
import Logging

/// The lights and the button of a board.
///
/// A line that is absent, busy or vanishes costs one warning and is tried again now and then; the daemon works without.
/// Runs on a thread of its own, which sleeps in the kernel until the button or a light's next change.
public struct Panel: Sendable {
    private let settings: PanelSettings
    private let logger: Logger
    private let state: @Sendable () -> LightState
    private let pressed: @Sendable (ButtonPress.Kind) -> Void

    /// Longest time between two looks at the state, in milliseconds.
    private static let lookMilliseconds = 200

    /// A panel; `nil` if nothing is connected. `state` and `pressed` are called on its thread and must return at once.
    public init?(
        _ settings: PanelSettings, _ logger: Logger, state: @escaping @Sendable () -> LightState,
        pressed: @escaping @Sendable (ButtonPress.Kind) -> Void
    ) {
        guard !settings.isEmpty else { return nil }
        self.settings = settings
        self.logger = logger
        self.state = state
        self.pressed = pressed
    }

    /// Drives the lines until `isStopped` says so, and leaves the lights off. Blocks: call on a thread of its own.
    public func run(until isStopped: () -> Bool = { false }) {
        var light = PanelLight(place(settings.light, settings.lightsAreActiveLow), LightPattern.main)
        var alert = PanelLight(place(settings.alert, settings.lightsAreActiveLow), LightPattern.alert)
        var button = PanelButton(place(settings.button, settings.buttonIsActiveLow), settings)
        while !isStopped() {
            let now = Self.milliseconds()
            let seen = state()
            let next = [light.show(seen, at: now, complain), alert.show(seen, at: now, complain)].compactMap { $0 }
            let pause = (next + [Self.lookMilliseconds]).reduce(.max, min)
            if let kind = button.wait(milliseconds: max(1, pause), complain) { pressed(kind) }
        }
        light.turnOff(at: Self.milliseconds())
        alert.turnOff(at: Self.milliseconds())
    }

    private func place(_ line: String?, _ isActiveLow: Bool) -> GpioLine.Place? {
        line.map { GpioLine.Place(chip: settings.chip, line: $0, isActiveLow: isActiveLow) }
    }

    private func complain(_ place: GpioLine.Place, _ failure: GpioLine.Failure) {
        logger.warning("GPIO line \(place.description) is not used: \(failure.message)")
    }

    /// Milliseconds of the monotonic clock.
    static func milliseconds() -> Int { Int(cl_monotonic_nanoseconds() / 1_000_000) }
}
