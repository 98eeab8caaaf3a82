/// A line that is requested when it is needed, and again some time after it was lost; it complains the first time only.
struct PanelLine {
    /// Told why a line cannot be used.
    typealias Complaint = (GpioLine.Place, GpioLine.Failure) -> Void
    /// Requests a line.
    typealias Opener = (GpioLine.Place) throws(GpioLine.Failure) -> GpioLine

    private let place: GpioLine.Place?
    private let open: Opener
    private var line: GpioLine?
    /// A line that failed. It is closed only when it is tried again: a chip that goes away is still being taken apart when
    /// its lines say so, and Linux 7.3 crashes in free_irq() if one is closed meanwhile.
    private var lost: GpioLine?
    private var retryTime = 0
    private var hasComplained = false

    /// Milliseconds after which a line that cannot be had is tried again.
    private static let retryMilliseconds = 10_000

    /// The line at `place`; `nil` is one that is not connected.
    init(_ place: GpioLine.Place?, open: @escaping Opener) {
        self.place = place
        self.open = open
    }

    /// Calls `body` with the line, which is requested if it is time to; whatever fails loses it. Returns `nil` then.
    mutating func use<Result>(
        at time: Int, _ complain: Complaint, _ body: (GpioLine) throws(GpioLine.Failure) -> Result
    ) -> Result? {
        guard let place, line != nil || time >= retryTime else { return nil }
        do throws(GpioLine.Failure) {
            if let line { return try body(line) }
            lost = nil
            let fresh = try open(place)
            line = fresh
            return try body(fresh)
        } catch {
            lost = line
            line = nil
            retryTime = time + Self.retryMilliseconds
            if !hasComplained { complain(place, error) }
            hasComplained = true
            return nil
        }
    }
}
