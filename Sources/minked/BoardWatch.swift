import Board
import Glibc
import Inference
import Kernels
import Logging
import Synchronization

/// Keeps the engine within what the board can bear: memory that others need, heat, a weak supply. On threads of its own.
final class BoardWatch: Sendable {
    private let engine: Engine
    private let logger: Logger
    private let isOver = Atomic(false)
    private let lastPressure = Mutex(ContinuousClock.Instant?.none)

    /// Time between two looks at the sensors while the engine works, and while it does not.
    private static let busyInterval = Duration.seconds(1)
    private static let idleInterval = Duration.seconds(2)
    /// Signs of pressure that come within this time are one event of the log.
    private static let eventInterval = Duration.seconds(60)

    init(engine: Engine, logger: Logger) {
        self.engine = engine
        self.logger = logger
    }

    /// Has the threads end.
    func stop() { isOver.store(true, ordering: .relaxed) }

    /// Starts to answer memory pressure.
    func watch(_ pressure: PressureWatch) {
        logger.debug("watching \(pressure.description)")
        start("minke-pressure") { watch in pressure.run(isOver: { watch.hasEnded }) { watch.answerPressure() } }
    }

    /// Starts to look at `sensors`, unless there are none.
    func watch(_ sensors: ThermalSensors) {
        guard !sensors.isEmpty else { return logger.debug("no thermal sensors") }
        start("minke-thermal") { $0.govern(sensors) }
    }

    private var hasEnded: Bool { isOver.load(ordering: .relaxed) }

    private func start(_ name: String, _ body: @escaping @Sendable (BoardWatch) -> Void) {
        if NamedThread(name, { body(self) }) == nil {
            logger.warning("the kernel has no thread left for \(name), which only makes the board hotter or fuller")
        }
    }

    private func answerPressure() {
        engine.answerMemoryPressure()
        let isNews = lastPressure.withLock { last in
            defer { last = .now }
            return last.map { .now - $0 > Self.eventInterval } ?? true
        }
        if isNews { logger.event(.memoryPressure, .notice, "memory is short: the expert cache gives some back") }
    }

    private func govern(_ sensors: ThermalSensors) {
        var governor = PacingGovernor()
        var (isPaced, cap) = (false, BoardReading.Cap?.none)
        while !hasEnded {
            let reading = sensors.read()
            let pace = governor.pace(reading, now: .now)
            engine.setPace(pace.share, reason: pace.reason)
            engine.note(reading.hottest.map { BoardTemperature(degrees: $0.degrees, trip: $0.trip) })
            if (pace.share < 1) != isPaced { report(pace) }
            if let now = reading.cap, now != cap {
                logger.info("the processors may run at \(now.megahertz) of \(now.ofMegahertz) MHz")
            }
            (isPaced, cap) = (pace.share < 1, reading.cap)
            let isBusy = isPaced || engine.queueDepth() > 0
            Self.sleep(isBusy ? Self.busyInterval : Self.idleInterval)
        }
    }

    private func report(_ pace: PacingGovernor.Pace) {
        let percent = Int((pace.share * 100).rounded())
        guard pace.share < 1 else { return logger.event(.unpaced, .notice, "the engine works at full pace again") }
        logger.event(
            .paced, .notice, "the engine works \(percent) % of the time: \(pace.reason)",
            ["MINKE_REASON": "\(pace.reason)", "MINKE_PACE_PERCENT": "\(percent)"])
    }

    private static func sleep(_ duration: Duration) {
        var time = timespec(tv_sec: Int(duration.components.seconds), tv_nsec: 0)
        _ = unsafe nanosleep(&time, nil)
    }
}
