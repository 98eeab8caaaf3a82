import Glibc
import Logging
import Synchronization
import Testing

@testable import Board

@Suite struct PanelTests {
    /// Counts complaints.
    private final class Complaints {
        var failures: [GpioLine.Failure] = []
        func add(_ place: GpioLine.Place, _ failure: GpioLine.Failure) { failures.append(failure) }
    }

    private let place = GpioLine.Place(chip: "", line: "LED", isActiveLow: false)

    @Test func aLineThatCannotBeHadComplainsOnceAndIsTriedAgainLater() {
        var attempts: [Int] = []
        var time = 0
        let complaints = Complaints()
        var line = PanelLine(place) { _ throws(GpioLine.Failure) in
            attempts.append(time)
            throw GpioLine.Failure(code: EBUSY)
        }
        while time < 35_000 {
            let result: Void? = line.use(at: time, complaints.add) { _ in }
            #expect(result == nil)
            time += 100
        }
        #expect(attempts == [0, 10_000, 20_000, 30_000])
        #expect(complaints.failures == [GpioLine.Failure(code: EBUSY)])
    }

    @Test func whatIsNotConnectedIsNeverTried() {
        var line = PanelLine(nil) { _ throws(GpioLine.Failure) in
            Issue.record("there is no line")
            throw GpioLine.Failure(code: ENODEV)
        }
        let result: Void? = line.use(at: 0, { _, _ in Issue.record("nothing to complain of") }) { _ in }
        #expect(result == nil)
    }

    @Test func nothingConnectedIsNoPanel() {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        #expect(Panel(PanelSettings(), logger, state: { .ready }, pressed: { _ in }) == nil)
    }

    /// A chip that no machine has: the panel runs, presses nothing, and ends when told to.
    @Test func aPanelWithoutItsChipDoesNoHarm() throws {
        var settings = PanelSettings()
        settings.chip = "no-such-chip"
        settings.light = "LED"
        settings.button = "BUTTON"
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let made = Panel(settings, logger, state: { .error }, pressed: { _ in Issue.record("nobody pressed") })
        let panel = try #require(made)
        let begin = ContinuousClock.now
        var rounds = 0
        panel.run {
            rounds += 1
            return rounds > 5
        }
        // It sleeps between looks although there is no line to wait for.
        #expect(ContinuousClock.now - begin > .milliseconds(500))
    }
}
