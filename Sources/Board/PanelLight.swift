/// A light that shows the daemon's state in a pattern.
struct PanelLight {
    private var line: PanelLine
    private let pattern: (LightState) -> LightPattern
    private var shown: LightState?
    /// When the pattern of `shown` began.
    private var beginning = 0
    private var isOn = false

    init(_ place: GpioLine.Place?, _ pattern: @escaping (LightState) -> LightPattern) {
        line = PanelLine(place) { place throws(GpioLine.Failure) in try GpioLine(output: place) }
        self.pattern = pattern
    }

    /// Looks as `state` does at `time`; returns the milliseconds until it changes, `nil` if it does not.
    mutating func show(_ state: LightState, at time: Int, _ complain: PanelLine.Complaint) -> Int? {
        if state != shown { (shown, beginning) = (state, time) }
        let look = pattern(state).look(at: time - beginning)
        let isSet: Void? = line.use(at: time, complain) { line throws(GpioLine.Failure) in try line.set(look.isOn) }
        return isSet == nil ? nil : look.remaining
    }

    /// Leaves it dark.
    mutating func turnOff(at time: Int) {
        line.use(at: time, { _, _ in }) { line throws(GpioLine.Failure) in try line.set(false) }
    }
}
