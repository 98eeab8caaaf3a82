import Glibc

/// A button, and the time until something else is to be done.
struct PanelButton {
    private var line: PanelLine
    private var press: ButtonPress

    init(_ place: GpioLine.Place?, _ settings: PanelSettings) {
        let (bias, debounce) = (settings.bias, settings.debounceMilliseconds)
        line = PanelLine(place) { place throws(GpioLine.Failure) in
            try GpioLine(input: place, bias: bias, debounceMilliseconds: debounce)
        }
        press = ButtonPress(longMilliseconds: settings.longMilliseconds)
    }

    /// Waits up to `milliseconds` for a press; returns early with `nil` if there was something that is none yet.
    mutating func wait(milliseconds: Int, _ complain: PanelLine.Complaint) -> ButtonPress.Kind? {
        let begin = Panel.milliseconds()
        let patience = min(milliseconds, press.patience(at: begin) ?? .max)
        let seen = line.use(at: begin, complain) { line throws(GpioLine.Failure) in
            try line.wait(milliseconds: patience)
        }
        guard let edge = seen else {
            // Without a line there is nothing to sleep on.
            press.forget()
            usleep(UInt32(clamping: milliseconds * 1000))
            return nil
        }
        let now = Panel.milliseconds()
        return edge.map { press.edge(isDown: $0, at: now) } ?? press.wait(until: now)
    }
}
